/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel is asked about itself. */
#include "ability.h"

#include <linux/if_addr.h>

#define OF_NO_KERNEL 200 /* an attribute of addresses that nobody has made */

static gboolean is_known(guint16 attribute)
{
    g_autoptr(GError) error = NULL;
    gboolean known = FALSE, asked = mp_ability_address_attribute(attribute, &known, &error);

    g_assert_no_error(error);
    g_assert_true(asked);
    return known;
}

/* Known long ago, and supported or not in such a request. */
static void test_known(void)
{
    g_assert_true(is_known(IFA_TARGET_NETNSID));
    g_assert_true(is_known(IFA_LABEL));
}

static void test_unknown(void)
{
    g_assert_false(is_known(OF_NO_KERNEL));
}

/* Here the service runs. */
static void test_check(void)
{
    g_autoptr(GError) error = NULL;
    gboolean able = mp_ability_check(&error);

    g_assert_no_error(error);
    g_assert_true(able);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ability/known", test_known);
    g_test_add_func("/ability/unknown", test_unknown);
    g_test_add_func("/ability/check", test_check);
    return g_test_run();
}
