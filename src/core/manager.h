/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other programs are going to do with a member, read from the words of their own files. */
#pragma once

#include <glib.h>

typedef enum { MP_MANAGER_NETWORK_MANAGER, MP_MANAGER_NETWORKD } MpManagerKind;

/* A device that a program configures. */
typedef struct {
    guint index;
    MpManagerKind kind;
    gboolean keeps; /* what is on it when its link is lost, as far as it can be told to */
} MpManager;

/* Each `key=value` of a file of sections, in order; NULL, NULL at the beginning of a section. */
typedef void (*MpSettingFunc)(const char *section, const char *key, const char *value,
                              gpointer user_data);
void mp_settings_each(const char *text, MpSettingFunc func, gpointer user_data);

/* Whether NetworkManager ignores a lost carrier: `texts` (const char*) are its files in the order
 * in which it reads them; `hwaddr` as "02:00:00:00:00:01". What is matched by anything but names
 * and hardware addresses counts as not. */
gboolean mp_manager_ignores_carrier(const GPtrArray *texts, const char *interface,
                                    const char *hwaddr);
/* Whether networkd keeps what it finds on a device: `texts` are its .network file and what is
 * dropped in. */
gboolean mp_manager_keeps_configuration(const GPtrArray *texts);
