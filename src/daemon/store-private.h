/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by store*.c. */
#pragma once

#include "file.h"
#include "store.h"

#define IPMPD_N_ORIGINS 3 /* MpOrigin */

struct IpmpdStore {
    char *directories[IPMPD_N_ORIGINS]; /* by MpOrigin */
    char *record_path;
    char *learned_path;
    guint8 *telling;
    GHashTable *files;    /* path -> IpmpdFile: as the last load found them */
    GHashTable *previous; /* the same, before that; NULL: there is none */
};

/* All places of one file of configuration: a group's, or ipmp.conf with group NULL (which vendors
 * do not have). */
typedef struct {
    char *group;
    char *paths[IPMPD_N_ORIGINS]; /* NULL: no such place */
    IpmpdFile *files[IPMPD_N_ORIGINS];
} IpmpdPlace;

IpmpdPlace *ipmpd_place_read(const IpmpdStore *store, const char *group);
void ipmpd_place_free(IpmpdPlace *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdPlace, ipmpd_place_free)
/* The first file that is there, of any kind; FALSE: none. */
gboolean ipmpd_place_find(const IpmpdPlace *place, MpOrigin *out_origin);

/* What a load finds. */
typedef struct {
    MpConfig *config;
    GHashTable *files; /* as in the store */
    GStrvBuilder *errors;
    GStrvBuilder *warnings;
} IpmpdReading;

IpmpdReading *ipmpd_reading_new(const IpmpdStore *store);
void ipmpd_reading_free(IpmpdReading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdReading, ipmpd_reading_free)
