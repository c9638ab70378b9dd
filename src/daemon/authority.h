/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may do what: one table of all methods, and polkit, asked without waiting. What is not in the
 * table is denied to everybody. */
#pragma once

#include <gio/gio.h>

typedef struct {
    const char *interface;
    const char *method;
    const char *action; /* polkit action; NULL = free to everybody */
} IpmpdMethod;

/* NULL: no such row. */
const IpmpdMethod *ipmpd_method_find(const char *interface, const char *method);
/* All rows; for the test that compares them with the XML. */
const IpmpdMethod *ipmpd_method_table(guint *out_n);

/* To be returned by the get_vtable() of a skeleton's subclass: calls the methods that the
 * skeleton's own vtable calls, if they have a row. */
GDBusInterfaceVTable *ipmpd_method_guard(void);

typedef struct IpmpdAuthority IpmpdAuthority;

/* What rules may look at; NULL = does not apply. */
typedef struct {
    const char *group;
    const char *interface;
    const char *address;
} IpmpdDetails;

IpmpdAuthority *ipmpd_authority_new(void);
/* Questions still open are answered with ACCESS_DENIED. */
void ipmpd_authority_free(IpmpdAuthority *authority);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdAuthority, ipmpd_authority_free)

/* Whether the caller may do what it calls, by the table. User 0 may without polkit being asked. The
 * caller is asked for a password only if its message allows that. */
void ipmpd_authority_check(IpmpdAuthority *authority, GDBusMethodInvocation *invocation,
                           const IpmpdDetails *details, GAsyncReadyCallback callback,
                           gpointer user_data);
/* Errors: IPMPD_ACCESS_DENIED, IPMPD_ACCESS_INTERACTION_REQUIRED, MP_ERROR_LIMIT_REACHED (of one
 * user too many questions are open). */
gboolean ipmpd_authority_finish(GAsyncResult *result, GError **error);
/* Who it was, after a question that ended well. */
guint ipmpd_authority_get_user(GAsyncResult *result);
