/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"
#include "ipmp.h"

G_DEFINE_QUARK(ctl - error - quark, ctl_error)

static const char *const advice[] = {
    [IPMP_ERROR_FAILED] = NULL,
    [IPMP_ERROR_INVALID_ARGUMENT] = "ipmpctl(1) describes what each command takes.",
    [IPMP_ERROR_NO_SUCH_GROUP] = "'ipmpctl groups' lists those there are.",
    [IPMP_ERROR_NO_SUCH_INTERFACE] =
        "'ipmpctl interfaces' lists the members of groups, 'ipmpctl devices' all devices.",
    [IPMP_ERROR_NO_SUCH_ADDRESS] = "'ipmpctl addresses' lists those there are.",
    [IPMP_ERROR_EXISTS] = "'ipmpctl status' shows what is there; 'ipmpctl set' changes settings.",
    [IPMP_ERROR_INTERFACE_IN_USE] =
        "'ipmpctl remove GROUP INTERFACE' takes it out of the other group first.",
    [IPMP_ERROR_NOT_SUITABLE] = "'ipmpctl devices' shows which devices can be members.",
    [IPMP_ERROR_DUPLICATE_HARDWARE_ADDRESS] =
        "Give one of them an address of its own: ip link set DEVICE address ADDRESS.",
    [IPMP_ERROR_MEDIA_MISMATCH] = "All members of a group must be on one link, of one kind.",
    [IPMP_ERROR_TEST_ADDRESS_CONFLICT] = "Each interface needs a test address of its own.",
    [IPMP_ERROR_STANDBY] = "Give the address to another member, or clear the standby first: "
                           "ipmpctl standby INTERFACE off.",
    [IPMP_ERROR_MINIMUM_REDUNDANCY] =
        "Repair another member first, or accept it: --min-redundancy=0.",
    [IPMP_ERROR_NOT_SUPPORTED] = NULL,
    [IPMP_ERROR_BUSY] = "If another change is under way, try again when it is done.",
    [IPMP_ERROR_LIMIT_REACHED] = NULL,
    [IPMP_ERROR_INVALID_CONFIG] = "Nothing was changed. Correct the file, then: ipmpctl reload.",
    [IPMP_ERROR_CONFIG_CHANGED] = "Take the edited file into force first: ipmpctl reload.",
    [IPMP_ERROR_KERNEL] = "'ipmpctl history' and 'journalctl -u ipmpd' may say more.",
    [IPMP_ERROR_NOT_AUTHORIZED] =
        "Run it as root, or let an administrator's password or a polkit rule allow it.",
    [IPMP_ERROR_UNREACHABLE] = "Is the service running? 'systemctl status ipmpd' tells, 'systemctl "
                               "start ipmpd' starts it.",
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
    if (error->domain == IPMP_ERROR && (guint)error->code < G_N_ELEMENTS(advice))
        return advice[error->code];
    if (g_error_matches(error, CTL_ERROR, CTL_ERROR_USAGE))
        return "'ipmpctl --help' lists the commands, 'ipmpctl COMMAND --help' explains one.";
    return NULL;
}

void ctl_error_print(const GError *error)
{
    const char *what_to_do = ctl_error_advice(error);
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
    ctl_output_put(&output, CTL_STYLE_BAD, "ipmpctl: ");
    ctl_output_printf(&output, CTL_STYLE_PLAIN, "%s\n", message);
    if (what_to_do != NULL)
        ctl_output_printf(&output, CTL_STYLE_PLAIN, "  %s\n", what_to_do);
}
