/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"
#include "intl.h"
#include "ipmp.h"
#include <string.h>

#define POLKIT_AWAY "polkit could not be asked"

G_DEFINE_QUARK(ctl - error - quark, ctl_error)

static const char *const advice[] = {
    [IPMP_ERROR_FAILED] = NULL,
    [IPMP_ERROR_INVALID_ARGUMENT] = N_("ipmpctl(1) describes what each command takes."),
    [IPMP_ERROR_NO_SUCH_GROUP] = N_("'ipmpctl groups' lists those there are."),
    [IPMP_ERROR_NO_SUCH_INTERFACE] =
        N_("'ipmpctl interfaces' lists the members of groups, 'ipmpctl devices' all devices."),
    [IPMP_ERROR_NO_SUCH_ADDRESS] = N_("'ipmpctl addresses' lists those there are."),
    [IPMP_ERROR_EXISTS] =
        N_("'ipmpctl status' shows what is there; 'ipmpctl set' changes settings."),
    [IPMP_ERROR_INTERFACE_IN_USE] =
        N_("'ipmpctl remove GROUP INTERFACE' takes it out of the other group first."),
    [IPMP_ERROR_NOT_SUITABLE] = N_("'ipmpctl devices' shows which devices can be members."),
    [IPMP_ERROR_DUPLICATE_HARDWARE_ADDRESS] =
        N_("Give one of them an address of its own: ip link set DEVICE address ADDRESS."),
    [IPMP_ERROR_MEDIA_MISMATCH] = N_("All members of a group must be on one link, of one kind."),
    [IPMP_ERROR_TEST_ADDRESS_CONFLICT] = N_("Each interface needs a test address of its own."),
    [IPMP_ERROR_STANDBY] = N_("Give the address to another member, or clear the standby first: "
                              "ipmpctl standby INTERFACE off."),
    [IPMP_ERROR_MINIMUM_REDUNDANCY] =
        N_("Repair another member first, or accept it: ipmpctl offline INTERFACE "
           "--min-redundancy=0."),
    [IPMP_ERROR_NOT_SUPPORTED] = NULL,
    [IPMP_ERROR_BUSY] = N_("If another change is under way, try again when it is done."),
    [IPMP_ERROR_LIMIT_REACHED] = NULL,
    [IPMP_ERROR_INVALID_CONFIG] =
        N_("Nothing was changed. Correct the file, then: ipmpctl reload."),
    [IPMP_ERROR_CONFIG_CHANGED] = N_("Take the edited file into force first: ipmpctl reload."),
    [IPMP_ERROR_KERNEL] = N_("'ipmpctl history' and 'journalctl -u ipmpd' may say more."),
    [IPMP_ERROR_NOT_AUTHORIZED] =
        N_("Run it as root (sudo), or have a rule of polkit allow it; on a terminal and without "
           "--no-ask-password an administrator's password does, too."),
    [IPMP_ERROR_UNREACHABLE] = N_("Is the service running? 'systemctl status ipmpd' tells, "
                                  "'systemctl start ipmpd' starts it, 'journalctl -u ipmpd' says "
                                  "why it ended."),
};
G_STATIC_ASSERT(G_N_ELEMENTS(advice) == IPMP_ERROR_UNREACHABLE + 1);

CtlExit ctl_error_exit(const GError *error)
{
    if (g_error_matches(error, CTL_ERROR, CTL_ERROR_USAGE))
        return CTL_EXIT_USAGE;
    if (g_error_matches(error, IPMP_ERROR, IPMP_ERROR_NOT_AUTHORIZED))
        return CTL_EXIT_DENIED;
    if (g_error_matches(error, IPMP_ERROR, IPMP_ERROR_UNREACHABLE))
        return CTL_EXIT_UNREACHABLE;
    return CTL_EXIT_REFUSED;
}

const char *ctl_error_name(const GError *error)
{
    if (error->domain == IPMP_ERROR)
        return ipmp_error_to_name(error->code);
    return g_error_matches(error, CTL_ERROR, CTL_ERROR_USAGE) ? "usage" : "output";
}

const char *ctl_error_advice(const GError *error)
{
    if (error->domain != IPMP_ERROR || (guint)error->code >= G_N_ELEMENTS(advice) ||
        advice[error->code] == NULL)
        return NULL;
    /* the service says so when it could not ask */
    if (g_error_matches(error, IPMP_ERROR, IPMP_ERROR_NOT_AUTHORIZED) &&
        strstr(error->message, POLKIT_AWAY) != NULL)
        return _(
            "polkit decides who may change something, and does not answer: install it (polkitd) "
            "or start it (systemctl start polkit). root (sudo) is allowed without it.");
    return _(advice[error->code]);
}

void ctl_error_print(const GError *error, const char *what_to_do, const char *colour)
{
    g_autofree char *valid = g_utf8_make_valid(error->message, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
    CtlOutput output;

    for (guint i = 0; lines[i] != NULL; i++) {
        char *clean = ctl_text_clean(lines[i]);
        g_free(lines[i]);
        lines[i] = clean;
    }
    g_autofree char *message = g_strjoinv("\n", lines);
    ctl_output_init(&output, stderr);
    if (colour != NULL)
        ctl_output_set_colour(&output, colour);
    ctl_output_printf(&output, CTL_STYLE_BAD, "%s: ", g_get_prgname());
    ctl_output_printf(&output, CTL_STYLE_PLAIN, "%s\n", message);
    if (what_to_do != NULL)
        ctl_output_printf(&output, CTL_STYLE_PLAIN, "  %s\n", what_to_do);
}

void ctl_error_note(const char *text)
{
    g_autofree char *clean = ctl_text_clean(text);
    CtlOutput output;

    ctl_output_init(&output, stderr);
    ctl_output_printf(&output, CTL_STYLE_WARN, "%s: ", g_get_prgname());
    ctl_output_printf(&output, CTL_STYLE_PLAIN, "%s\n", clean);
}
