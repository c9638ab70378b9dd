/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recorded messages with seeded damage: nothing is read out of bounds (the sanitizers look), and
 * what is told is always well-formed. */
#include "recorded.h"

#define ROUNDS 4000

static void check_text(const char *text, gsize size)
{
    g_assert_nonnull(memchr(text, '\0', size));
}

static void check_address(const MpAddress *address)
{
    g_assert_true(address->family == 0 || address->family == MP_IPV4 || address->family == MP_IPV6);
    g_assert_cmpuint(address->prefix, <=, address->family == MP_IPV4 ? 32 : 128);
}

static void on_mutated(MpEvent *event, gpointer user_data)
{
    guint *told = user_data;
    (*told)++;
    switch (event->kind) {
    case MP_EVENT_LINK:
        check_text(event->link.name, sizeof event->link.name);
        check_text(event->link.kind, sizeof event->link.kind);
        g_assert_cmpuint(event->link.hwaddr_len, <=, sizeof event->link.hwaddr);
        g_assert_cmpuint(event->link.perm_hwaddr_len, <=, sizeof event->link.perm_hwaddr);
        g_assert_cmpuint(event->link.index, !=, 0);
        break;
    case MP_EVENT_ADDRESS:
    case MP_EVENT_ADDRESS_GONE:
        check_address(&event->address.address);
        check_text(event->address.label, sizeof event->address.label);
        g_assert_cmpuint(event->address.address.family, !=, 0);
        break;
    case MP_EVENT_ROUTE:
    case MP_EVENT_ROUTE_GONE:
        check_address(&event->route.dst);
        check_address(&event->route.gateway);
        check_address(&event->route.prefsrc);
        g_assert_cmpuint(event->route.hop, <, event->route.n_hops);
        g_assert_cmpuint(event->route.dst.family, ==, event->route.family);
        break;
    case MP_EVENT_NEXTHOP:
    case MP_EVENT_NEXTHOP_GONE:
        check_address(&event->nexthop.gateway);
        g_assert_cmpuint(event->nexthop.n_members, <=, MP_NEXTHOP_MEMBERS_MAX);
        g_assert_cmpuint(event->nexthop.id, !=, 0);
        break;
    case MP_EVENT_RULE:
    case MP_EVENT_RULE_GONE:
        check_address(&event->rule.from);
        break;
    case MP_EVENT_NEIGHBOUR:
        check_address(&event->neighbour.address);
        g_assert_cmpuint(event->neighbour.address.family, !=, 0);
        g_assert_cmpuint(event->index, !=, 0);
        break;
    case MP_EVENT_FIXED:
    case MP_EVENT_FIXED_GONE:
        check_address(&event->fixed.address);
        g_assert_cmpuint(event->fixed.address.family, ==, MP_IPV4);
        g_assert_cmpuint(event->fixed.index, !=, 0);
        break;
    default:
        g_assert_cmpint(event->kind, ==, MP_EVENT_LINK_GONE);
    }
}

static void damage(GRand *rand, guint8 *bytes, gsize size)
{
    static const guint8 nasty[] = {0, 1, 3, 4, 5, 8, 0x7f, 0x80, 0xfe, 0xff};
    gint n = g_rand_int_range(rand, 1, 5);
    for (gint i = 0; i < n; i++) {
        gsize at = (gsize)g_rand_int_range(rand, 0, (gint32)size);
        if (g_rand_boolean(rand))
            bytes[at] = nasty[g_rand_int_range(rand, 0, G_N_ELEMENTS(nasty))];
        else
            bytes[at] ^= (guint8)(1u << g_rand_int_range(rand, 0, 8));
    }
}

/* Cut anywhere, but with a header that says so: the parser must look further than that. */
static gsize cut(GRand *rand, guint8 *bytes, gsize size)
{
    if (g_rand_int_range(rand, 0, 4) != 0)
        return size;
    guint32 length = (guint32)g_rand_int_range(rand, 4, (gint32)size + 1);
    memcpy(bytes, &length, sizeof length);
    return length;
}

static guint mutate(GRand *rand, GBytes *whole)
{
    guint told = 0;
    for (guint round = 0; round < ROUNDS; round++) {
        gsize size;
        const guint8 *original = g_bytes_get_data(whole, &size);
        g_autofree guint8 *copy = g_memdup2(original, size);
        gsize length = cut(rand, copy, size);
        damage(rand, copy + 4, size - 4); /* the length itself is test-parse's */
        /* Exactly as large as what may be read, so that one byte more is seen. */
        g_autofree guint8 *exact = g_memdup2(copy, length);
        mp_netlink_parse(exact, length, 0, on_mutated, &told);
        guint32 sequence;
        int error;
        char text[80];
        mp_netlink_parse_answer(exact, length, &sequence, &error, text, sizeof text);
    }
    return told;
}

static void test_mutations(void)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "recorded", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) directory = g_dir_open(path, 0, &error);
    g_autoptr(GRand) rand = g_rand_new_with_seed(73);
    g_assert_no_error(error);
    const char *name;
    guint files = 0, told = 0;
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *base = g_strndup(name, strlen(name) - strlen(".nl"));
        g_autoptr(GBytes) whole = recorded_load(base);
        told += mutate(rand, whole);
        files++;
    }
    g_assert_cmpuint(files, >=, 30);
    /* Enough survived to have been worth it. */
    g_assert_cmpuint(told, >, files * ROUNDS / 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/mutations", test_mutations);
    return g_test_run();
}
