/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes of a netlink message, read with every length checked. */
#pragma once

#include "address.h"

typedef struct {
    const guint8 *data; /* NULL = not there */
    guint16 length;
} MpAttr;

/* Sorts the attributes of `data` into table[type], types from n on are skipped, the last of a
 * type wins. FALSE: a length is impossible, nothing of it can be believed. */
gboolean mp_attr_collect(const guint8 *data, gsize length, MpAttr *table, guint n);

/* The value, or `fallback` when the attribute is missing or of another size. */
guint8 mp_attr_u8(MpAttr attr, guint8 fallback);
guint16 mp_attr_u16(MpAttr attr, guint16 fallback);
guint32 mp_attr_u32(MpAttr attr, guint32 fallback);
/* An address of this family (MP_IPV4, MP_IPV6); FALSE and *out untouched if it is not one. */
gboolean mp_attr_address(MpAttr attr, guint8 family, guint8 prefix, MpAddress *out);
/* At most size - 1 characters, always closed; "" if missing. */
void mp_attr_string(MpAttr attr, char *out, gsize size);
