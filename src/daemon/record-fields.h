/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of the record's entries as tables: the writer and the reader walk the same rows, so
 * that neither can forget what the other has. Private to record-*.c and learned-file.c. */
#pragma once

#include "learned.h"
#include "record.h"
#include <json-glib/json-glib.h>

typedef enum {
    IPMPD_FIELD_BOOL,            /* gboolean */
    IPMPD_FIELD_U8,              /* guint8 */
    IPMPD_FIELD_U16,             /* guint16 */
    IPMPD_FIELD_U32,             /* guint, guint32 */
    IPMPD_FIELD_INT,             /* gint */
    IPMPD_FIELD_TIME,            /* gint64, monotonic; CLOCK_BOOTTIME in the text */
    IPMPD_FIELD_SPAN,            /* gint64, a length of time from 0 on */
    IPMPD_FIELD_ADDRESS,         /* MpAddress with prefix */
    IPMPD_FIELD_ADDRESS_OR_NULL, /* family 0 is null */
    IPMPD_FIELD_GROUP,           /* char*: a group's name */
    IPMPD_FIELD_GROUP_OR_NULL,
    IPMPD_FIELD_INTERFACE, /* char*: an interface's name */
    IPMPD_FIELD_INTERFACE_OR_NULL,
    IPMPD_FIELD_LABEL,         /* char[16], any bytes: as C escapes */
    IPMPD_FIELD_BROADCAST,     /* guint8[4] */
    IPMPD_FIELD_METRICS,       /* guint32[MP_RTAX_MAX] */
    IPMPD_FIELD_ADDRESSES,     /* GArray* of MpAddress with prefix: in one text; NULL is empty */
    IPMPD_FIELD_HOPS,          /* of MpNexthop, from n_members on: numbers and weights in turn */
    IPMPD_FIELD_SOURCE,        /* MpAddressSource */
    IPMPD_FIELD_SYSCTL,        /* MpSysctl */
    IPMPD_FIELD_TARGET_SOURCE, /* MpTargetSource */
    IPMPD_FIELD_TARGET_STATE,  /* MpTargetState */
} IpmpdFieldKind;
#define IPMPD_N_FIELD_KINDS 22

typedef struct {
    const char *name;
    IpmpdFieldKind kind;
    gsize offset;     /* in the entry */
    gboolean younger; /* than version 1 of the record: all zero where it is absent */
} IpmpdField;

/* One kind of entry. */
typedef struct {
    const char *name; /* of the array in the text */
    const IpmpdField *fields;
    gsize n_fields;
    gsize size;
    GDestroyNotify free;
    gsize list_offset; /* of the GPtrArray* in MpRecord, MpLearned */
    /* What the fields must say together; may be NULL. */
    gboolean (*check)(const void *entry, GError **error);
    gboolean younger; /* than version 1: none where the list is absent */
} IpmpdEntryKind;

#define IPMPD_N_ENTRY_KINDS 5
extern const IpmpdEntryKind ipmpd_entry_kinds[IPMPD_N_ENTRY_KINDS];

/* One value of an entry to a node (taken by the caller), and back. */
JsonNode *ipmpd_field_write(const IpmpdField *field, const void *entry, gint64 boot_offset_us);
gboolean ipmpd_field_read(const IpmpdField *field, JsonNode *node, void *entry,
                          gint64 boot_offset_us, GError **error);

/* All lists of a record, or of what is kept like one, and back. */
void ipmpd_entries_write(const IpmpdEntryKind *kinds, guint n_kinds, gconstpointer record,
                         JsonObject *root, gint64 boot_offset_us);
gboolean ipmpd_entries_read(const IpmpdEntryKind *kinds, guint n_kinds, JsonObject *root,
                            gpointer record, gint64 boot_offset_us, GError **error);
/* One object in a text; g_object_unref(). */
JsonParser *ipmpd_text_parse(const char *text, gsize length, GError **error);
/* *out_same_boot says whether the rest is of interest; if so the version is the one. */
gboolean ipmpd_head_read(JsonObject *root, gint64 version, const char *boot_id,
                         gboolean *out_same_boot, GError **error);
gboolean ipmpd_number_read(JsonObject *root, const char *name, gint64 *out, GError **error);

static inline GPtrArray *ipmpd_entry_list(const IpmpdEntryKind *kind, gconstpointer record)
{
    return G_STRUCT_MEMBER(GPtrArray *, record, kind->list_offset);
}
