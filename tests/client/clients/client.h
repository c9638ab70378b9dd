/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client that does what it is told on standard input and tells what came of it, both in lines:
 *
 *   rows                          {"result": [NAME...]}: all members that it knows, "Group.State"
 *   call MEMBER PATH ARGUMENTS    ARGUMENTS: a tuple in GVariant's text form
 *   get MEMBER PATH               a property
 *   watch                         from now on {"signal": [MEMBER, PATH, ARGUMENT...]}
 *
 * The answer is {"result": VALUE} or {"error": [NAME, MESSAGE]}. */
#pragma once

#include <glib.h>

typedef struct {
    char *name; /* of the error on the bus */
    char *message;
} ClientError;

/* NULL with `error` filled for one; floating or not. */
typedef GVariant *(*ClientCall)(const char *path, GVariant *arguments, ClientError *error);
typedef GVariant *(*ClientGet)(const char *member, const char *path, ClientError *error);

typedef struct {
    const char *member;    /* "Manager.CreateGroup" */
    const char *signature; /* of its arguments, for methods */
    ClientCall call;
} ClientMethod;

typedef struct {
    const ClientMethod *methods; /* ends with a NULL member */
    char **(*list_others)(void); /* properties and signals; free with g_strfreev() */
    ClientGet get;
    void (*watch)(void);
    void (*settle)(void); /* after each line */
} Client;

/* Runs until the end of the input. */
void client_run(const Client *client);
/* `values` is a tuple; floating. */
void client_tell_signal(const char *member, const char *path, GVariant *values);
