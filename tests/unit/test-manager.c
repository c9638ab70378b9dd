/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "manager.h"

#include "unit.h"

#include <string.h>

#define MAC "02:00:00:00:00:1a"

static gboolean ignores(const char *first, const char *second)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();

    g_ptr_array_add(texts, (gpointer)first);
    if (second != NULL)
        g_ptr_array_add(texts, (gpointer)second);
    return mp_manager_ignores_carrier(texts, "eth0", MAC);
}

static void test_sections_of_devices(void)
{
    g_assert_false(ignores("", NULL));
    g_assert_true(ignores("[device]\nignore-carrier=yes\n", NULL));
    g_assert_true(
        ignores("[device-ipmp]\n match-device = interface-name:eth0 \nignore-carrier=1", NULL));
    g_assert_true(ignores("[device]\nignore-carrier=true\nmatch-device=interface-name:e*", NULL));
    g_assert_false(ignores("[device]\nmatch-device=interface-name:eth1\nignore-carrier=yes", NULL));
    g_assert_false(ignores("[device]\nignore-carrier=no\n", NULL));
    g_assert_false(ignores("[other]\nignore-carrier=yes\n", NULL));
    g_assert_false(ignores("#[device]\n;ignore-carrier=yes\n[device]\n#ignore-carrier=yes", NULL));
    /* What was said of one section is not said of the next. */
    g_assert_false(
        ignores("[device-a]\nmatch-device=eth1\nignore-carrier=yes\n[device-b]\n", NULL));
}

static void test_words(void)
{
    static const struct {
        const char *words;
        gboolean matches;
    } cases[] = {
        {"*", TRUE},
        {"eth0", TRUE},
        {"eth", FALSE},
        {MAC, TRUE},
        {"mac:02:00:00:00:00:1A", TRUE},
        {"mac:02:00:00:00:00:1b", FALSE},
        {"interface-name:eth?", TRUE},
        {"interface-name:=eth0", TRUE},
        {"interface-name:=eth*", FALSE},
        {"interface-name:wlan0,interface-name:eth0", TRUE},
        {"interface-name:wlan0; eth0", TRUE},
        {"*,except:interface-name:eth0", FALSE},
        {"except:interface-name:eth0;*", FALSE},
        {"*,except:interface-name:eth1", TRUE},
        {"driver:e1000", FALSE},
        {"type:ethernet", FALSE},
        {"", FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *of_main = g_strdup_printf("[main]\nignore-carrier=%s\n", cases[i].words);
        g_autofree char *of_device =
            g_strdup_printf("[device]\nmatch-device=%s\nignore-carrier=yes", cases[i].words);

        if (ignores(of_main, NULL) != cases[i].matches ||
            ignores(of_device, NULL) != cases[i].matches)
            g_error("\"%s\": %s expected", cases[i].words, cases[i].matches ? "a match" : "none");
    }
}

static void test_later_files_win(void)
{
    const char *yes = "[device-a]\nignore-carrier=yes\n", *no = "[device-b]\nignore-carrier=no\n";

    g_assert_true(ignores(no, yes));
    g_assert_false(ignores(yes, no));
    g_assert_true(ignores(yes, "[device-c]\nmatch-device=eth9\nignore-carrier=no\n"));
}

static gboolean keeps(const char *first, const char *second)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();

    g_ptr_array_add(texts, (gpointer)first);
    if (second != NULL)
        g_ptr_array_add(texts, (gpointer)second);
    return mp_manager_keeps_configuration(texts);
}

static void test_networkd(void)
{
    g_assert_false(keeps("[Match]\nName=eth0\n[Network]\nAddress=192.0.2.1/24\n", NULL));
    g_assert_true(keeps("[Network]\nConfigureWithoutCarrier=yes\nKeepConfiguration=yes\n", NULL));
    g_assert_true(keeps("[Network]\nIgnoreCarrierLoss=yes\n[Route]\nGateway=_ipv6ra\n",
                        "[Network]\nKeepConfiguration=static\n"));
    g_assert_false(keeps("[Network]\nConfigureWithoutCarrier=yes\nKeepConfiguration=yes\n",
                         "[Network]\nIgnoreCarrierLoss=no\n"));
    g_assert_false(keeps("[Network]\nIgnoreCarrierLoss=yes\nKeepConfiguration=dhcp\n", NULL));
    g_assert_false(keeps("[Network]\nIgnoreCarrierLoss=yes\n", NULL));
    g_assert_false(keeps("[Link]\nIgnoreCarrierLoss=yes\nKeepConfiguration=yes\n", NULL));
}

static void note(const char *section, const char *key, const char *value, gpointer user_data)
{
    g_string_append_printf(user_data, "%s|%s|%s\n", section, key != NULL ? key : "",
                           value != NULL ? value : "");
}

static void test_settings(void)
{
    g_autoptr(GString) seen = g_string_new(NULL);

    mp_settings_each("A=1\n\n[one]\r\n b = x=y \nnothing\n[\n[]\nc=\n", note, seen);
    g_assert_cmpstr(seen->str, ==, "|A|1\none||\none|b|x=y\n||\n|c|\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/manager/sections-of-devices", test_sections_of_devices);
    g_test_add_func("/manager/words", test_words);
    g_test_add_func("/manager/later-files-win", test_later_files_win);
    g_test_add_func("/manager/networkd", test_networkd);
    g_test_add_func("/manager/settings", test_settings);
    return g_test_run();
}
