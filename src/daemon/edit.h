/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each method does to the configuration: pure, and run twice. Once on a copy at the start, so
 * that a wrong argument is told before anybody is asked for a password, and once more when it is
 * its turn, on what is configured by then. */
#pragma once

#include "config.h"
#include <gio/gio.h>

/* A call, reduced to what its change needs. */
typedef struct {
    char *group;          /* that the change is about, or NULL */
    char *interface;      /* or NULL */
    char *address;        /* or NULL */
    GVariant *parameters; /* all of the call, as the XML has them */
} IpmpdOrder;

/* Takes nothing; `parameters` is referenced. */
IpmpdOrder *ipmpd_order_new(const char *group, const char *interface, const char *address,
                            GVariant *parameters);
void ipmpd_order_free(IpmpdOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdOrder, ipmpd_order_free)

/* The last parameter, where the options are. */
GVariant *ipmpd_order_get_options(const IpmpdOrder *order);
gboolean ipmpd_order_is_temporary(const IpmpdOrder *order);

/* Changes `config` in place, or leaves it alone where all is so already; after an error it is to be
 * thrown away. Parses the options of the order as well. The caller validates the result. */
typedef gboolean (*IpmpdEdit)(MpConfig *config, const IpmpdOrder *order, GError **error);

gboolean ipmpd_edit_create_group(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_set_defaults(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_configure(MpConfig *config, const IpmpdOrder *order, GError **error);
/* Of a temporary group: the same, permanently. */
gboolean ipmpd_edit_save(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_delete(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_add_interface(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_remove_interface(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_set_standby(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_set_test_addresses(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_add_address(MpConfig *config, const IpmpdOrder *order, GError **error);
gboolean ipmpd_edit_remove_address(MpConfig *config, const IpmpdOrder *order, GError **error);
