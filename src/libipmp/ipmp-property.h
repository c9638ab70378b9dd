/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GObject properties for those of the bus: one table a class. */
#pragma once

#include <gio/gio.h>

typedef enum {
    IPMP_KIND_BOOLEAN,
    IPMP_KIND_UINT,
    IPMP_KIND_UINT64,
    IPMP_KIND_STRING,
    IPMP_KIND_STRV,
    /* what the getter returns belongs to its caller: */
    IPMP_KIND_OWN_STRING,
    IPMP_KIND_OWN_STRV,
    IPMP_KIND_OWN_DICTIONARIES,
} IpmpKind;

typedef struct {
    const char *name;   /* of the GObject property */
    const char *member; /* of the bus, NULL: it never changes */
    IpmpKind kind;
    GCallback getter; /* TYPE (*)(CLASS *self), TYPE by `kind` */
} IpmpProperty;

/* Their identifiers are those of the rows, from 1 on. */
void ipmp_properties_install(GObjectClass *class, const IpmpProperty *rows, guint n);
void ipmp_property_get(GObject *object, const IpmpProperty *row, GValue *value);
/* Tells which have changed, of the arguments of GDBusProxy::g-properties-changed. */
void ipmp_properties_notify(GObject *object, const IpmpProperty *rows, guint n, GVariant *changed,
                            const char *const *invalidated);
void ipmp_properties_notify_all(GObject *object, const IpmpProperty *rows, guint n);
