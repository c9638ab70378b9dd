/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where homeless addresses live: even, with the fewest moves. Thousands of random groups. */
#include "placement.h"

#include "address.h"

#define MEMBERS_MAX 5
#define ADDRESSES_MAX 12
#define ROUNDS 20000

typedef struct {
    MpPlaceMember members[MEMBERS_MAX];
    MpPlaceAddress addresses[ADDRESSES_MAX], before[ADDRESSES_MAX];
    guint n_members, n_addresses;
} Bench;

/* Somebody fails, or is repaired; each address is anywhere or nowhere. */
static void bench_make(Bench *b, GRand *random, gboolean homed)
{
    *b = (Bench){.n_members = (guint)g_rand_int_range(random, 1, MEMBERS_MAX + 1),
                 .n_addresses = (guint)g_rand_int_range(random, 0, ADDRESSES_MAX + 1)};
    for (guint i = 0; i < b->n_members; i++)
        b->members[i] = (MpPlaceMember){.functioning = g_rand_int_range(random, 0, 4) > 0,
                                        .was_active = g_rand_boolean(random),
                                        .can4 = TRUE,
                                        .can6 = TRUE,
                                        .may6 = TRUE};
    for (guint i = 0; i < b->n_addresses; i++) {
        gint home =
            homed && g_rand_boolean(random) ? g_rand_int_range(random, 0, (gint)b->n_members) : -1;

        b->addresses[i] = (MpPlaceAddress){.home = home,
                                           .host = g_rand_int_range(random, -1, (gint)b->n_members),
                                           .family = g_rand_boolean(random) ? MP_IPV4 : MP_IPV6};
        b->before[i] = b->addresses[i];
    }
    mp_placement_activate(b->members, b->n_members, b->addresses, b->n_addresses);
    mp_placement_place(b->members, b->n_members, b->addresses, b->n_addresses, TRUE);
}

static guint count_on(const MpPlaceAddress *addresses, guint n, gint member)
{
    guint count = 0;

    for (guint i = 0; i < n; i++)
        count += addresses[i].host == member;
    return count;
}

static guint count_active(const Bench *b)
{
    guint n = 0;

    for (guint i = 0; i < b->n_members; i++)
        n += b->members[i].active;
    return n;
}

/* What nobody active has has to move; of the rest, what is above the member's share. Whoever has
 * more already is among those whose share is larger by one. */
static guint fewest_moves(const Bench *b)
{
    guint n_active = count_active(b), kept = 0, larger = b->n_addresses % n_active;
    guint share = b->n_addresses / n_active, above = 0;

    for (guint i = 0; i < b->n_members; i++) {
        guint had = count_on(b->before, b->n_addresses, (gint)i);

        if (!b->members[i].active)
            continue;
        kept += MIN(had, share);
        above += had > share;
    }
    return b->n_addresses - kept - MIN(above, larger);
}

static void homeless(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(73);
    guint looked = 0;

    for (guint round = 0; round < ROUNDS; round++) {
        Bench b;
        guint moves = 0, least = G_MAXUINT, most = 0;

        bench_make(&b, random, FALSE);
        if (count_active(&b) == 0)
            continue;
        looked++;
        for (guint i = 0; i < b.n_addresses; i++)
            moves += b.addresses[i].host != b.before[i].host;
        for (guint i = 0; i < b.n_members; i++) {
            guint has = count_on(b.addresses, b.n_addresses, (gint)i);

            g_assert_true(b.members[i].active || has == 0);
            least = b.members[i].active ? MIN(least, has) : least;
            most = MAX(most, has);
        }
        g_assert_cmpuint(most - least, <=, 1);
        g_assert_cmpuint(moves, ==, fewest_moves(&b));
    }
    g_assert_cmpuint(looked, >, ROUNDS / 2);
}

/* Those that are at home somewhere stay: they may be too many, but no homeless one sits where
 * moving it would even things out. */
static void homeless_among_others(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(74);

    for (guint round = 0; round < ROUNDS; round++) {
        Bench b;

        bench_make(&b, random, TRUE);
        for (guint i = 0; i < b.n_addresses; i++) {
            const MpPlaceAddress *address = &b.addresses[i];

            if (address->home >= 0 || address->host < 0 || !b.members[address->host].active)
                continue;
            for (guint k = 0; k < b.n_members; k++) {
                if (b.members[k].active)
                    g_assert_cmpuint(b.members[address->host].load, <=, b.members[k].load + 1);
            }
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/placement/homeless", homeless);
    g_test_add_func("/placement/homeless-among-others", homeless_among_others);
    return g_test_run();
}
