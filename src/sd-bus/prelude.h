/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <ipmp/ipmp-sd-bus.h>: the service of IP multipathing, for programs on systemd's sd-bus.
 *
 * Made from the introspection XML of the service; there is nothing to link but libsystemd. C11 and
 * C++17. All functions return 0 or more when done and a negative errno when not; the name and the
 * words of an error of the service are in the sd_bus_error (IPMP_SD_ERROR_...).
 *
 *   NAME(bus, ..., error, ret)            calls and waits
 *   NAME_async(bus, slot, ..., f, data)   calls, and f has the answer: NAME_read(answer, ret)
 *   ..._prop_NAME(bus, path, error, ret)  asks for a property
 *   ..._match_NAME(bus, slot, path, f, data), ..._read_NAME(message, ret...)
 *                                         a signal; path NULL: of all objects
 *
 * An object that has gone answers SD_BUS_ERROR_UNKNOWN_METHOD, as the bus has no other word for it:
 * ipmp_sd_manager_get_group() or ipmp_sd_manager_get_interface() tells. A connection, and what it
 * has given, is for one thread.
 *
 * What comes back as char * is to be freed with free(), char ** with ipmp_sd_strv_free(),
 * sd_bus_message * with sd_bus_message_unref(); where it is not wanted, ret may be NULL.
 *
 * Somebody is asked for a password only after sd_bus_set_allow_interactive_authorization(bus, 1);
 * allow for the time that takes with sd_bus_set_method_call_timeout(). */
#ifndef IPMP_SD_BUS_H
#define IPMP_SD_BUS_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- names ---- */
#define IPMP_SD_BUS_NAME "org.ipmp"
#define IPMP_SD_ROOT_PATH "/org/ipmp"
#define IPMP_SD_GROUP_PREFIX "/org/ipmp/group"
#define IPMP_SD_INTERFACE_PREFIX "/org/ipmp/interface"

/* @NAMES@ */

/* The path of a group's object; the empty name is the anonymous group. Free it. */
static inline int ipmp_sd_group_path(const char *name, char **ret)
{
    return sd_bus_path_encode(IPMP_SD_GROUP_PREFIX, name, ret);
}

/* The path of an interface's object. Free it. */
static inline int ipmp_sd_interface_path(const char *name, char **ret)
{
    return sd_bus_path_encode(IPMP_SD_INTERFACE_PREFIX, name, ret);
}

/* The name that a path of either stands for; 0 and NULL when it is neither, such as "/". Free it.
 */
static inline int ipmp_sd_path_to_name(const char *path, char **ret)
{
    int r = sd_bus_path_decode(path, IPMP_SD_GROUP_PREFIX, ret);

    return r != 0 ? r : sd_bus_path_decode(path, IPMP_SD_INTERFACE_PREFIX, ret);
}

/* ---- what goes in: options and settings ---- */
typedef struct IpmpSdMember IpmpSdMember;

/* One entry of an a{sv}; make it with one of the functions below. */
typedef struct IpmpSdOption {
    const char *name;
    const char *type; /* its signature */
    int boolean;
    uint32_t number;
    const char *string;
    const char *const *strings;
    const IpmpSdMember *members;
    size_t n_members;
} IpmpSdOption;

/* One entry of "interface-settings": the options of one interface. */
struct IpmpSdMember {
    const char *name;
    const IpmpSdOption *options;
    size_t n_options;
};

static inline IpmpSdOption ipmp_sd_option(const char *name, const char *type)
{
    IpmpSdOption option;

    memset(&option, 0, sizeof option);
    option.name = name;
    option.type = type;
    return option;
}

static inline IpmpSdOption ipmp_sd_boolean(const char *name, int value)
{
    IpmpSdOption option = ipmp_sd_option(name, "b");

    option.boolean = value != 0;
    return option;
}

static inline IpmpSdOption ipmp_sd_number(const char *name, uint32_t value)
{
    IpmpSdOption option = ipmp_sd_option(name, "u");

    option.number = value;
    return option;
}

static inline IpmpSdOption ipmp_sd_string(const char *name, const char *value)
{
    IpmpSdOption option = ipmp_sd_option(name, "s");

    option.string = value;
    return option;
}

/* `values` ends with NULL. */
static inline IpmpSdOption ipmp_sd_strings(const char *name, const char *const *values)
{
    IpmpSdOption option = ipmp_sd_option(name, "as");

    option.strings = values;
    return option;
}

static inline IpmpSdOption ipmp_sd_members(const char *name, const IpmpSdMember *members, size_t n)
{
    IpmpSdOption option = ipmp_sd_option(name, "a{sa{sv}}");

    option.members = members;
    option.n_members = n;
    return option;
}

static inline int ipmp_sd_append_options(sd_bus_message *m, const IpmpSdOption *options, size_t n);

static inline int ipmp_sd_append_strings(sd_bus_message *m, const char *const *strings)
{
    return sd_bus_message_append_strv(m, (char **)strings);
}

static inline int ipmp_sd_append_members(sd_bus_message *m, const IpmpSdMember *members, size_t n)
{
    int r = sd_bus_message_open_container(m, 'a', "{sa{sv}}");

    for (size_t i = 0; r >= 0 && i < n; i++) {
        r = sd_bus_message_open_container(m, 'e', "sa{sv}");
        if (r >= 0)
            r = sd_bus_message_append_basic(m, 's', members[i].name);
        if (r >= 0)
            r = ipmp_sd_append_options(m, members[i].options, members[i].n_options);
        if (r >= 0)
            r = sd_bus_message_close_container(m);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static inline int ipmp_sd_append_value(sd_bus_message *m, const IpmpSdOption *option)
{
    if (strcmp(option->type, "b") == 0)
        return sd_bus_message_append_basic(m, 'b', &option->boolean);
    if (strcmp(option->type, "u") == 0)
        return sd_bus_message_append_basic(m, 'u', &option->number);
    if (strcmp(option->type, "s") == 0)
        return sd_bus_message_append_basic(m, 's', option->string);
    if (strcmp(option->type, "as") == 0)
        return ipmp_sd_append_strings(m, option->strings);
    if (strcmp(option->type, "a{sa{sv}}") == 0)
        return ipmp_sd_append_members(m, option->members, option->n_members);
    return -EINVAL;
}

static inline int ipmp_sd_append_options(sd_bus_message *m, const IpmpSdOption *options, size_t n)
{
    int r = sd_bus_message_open_container(m, 'a', "{sv}");

    for (size_t i = 0; r >= 0 && i < n; i++) {
        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
            r = sd_bus_message_append_basic(m, 's', options[i].name);
        if (r >= 0)
            r = sd_bus_message_open_container(m, 'v', options[i].type);
        if (r >= 0)
            r = ipmp_sd_append_value(m, &options[i]);
        if (r >= 0)
            r = sd_bus_message_close_container(m);
        if (r >= 0)
            r = sd_bus_message_close_container(m);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* ---- what comes back ---- */
static inline void ipmp_sd_strv_free(char **strings)
{
    for (char **s = strings; s != NULL && *s != NULL; s++)
        free(*s);
    free(strings);
}

/* One entry of an a{sv}. Begin with IpmpSdEntry entry = ipmp_sd_no_entry(). */
typedef struct IpmpSdEntry {
    const char *name;   /* of the message, as `string` is */
    char type;          /* 's' (also of an object path), 'b', 'u', 't', 'a' (strings); 0: another */
    const char *string; /* "" unless `type` is 's' */
    int boolean;
    uint32_t number;
    uint64_t number64;
    char **strings; /* the entry's, NULL unless `type` is 'a' */
} IpmpSdEntry;

static inline IpmpSdEntry ipmp_sd_no_entry(void)
{
    IpmpSdEntry entry;

    memset(&entry, 0, sizeof entry);
    entry.name = entry.string = "";
    return entry;
}

/* Needed only when the last ipmp_sd_next_entry() did not return 0. */
static inline void ipmp_sd_entry_clear(IpmpSdEntry *entry)
{
    ipmp_sd_strv_free(entry->strings);
    *entry = ipmp_sd_no_entry();
}

static inline int ipmp_sd_read_entry_value(sd_bus_message *m, const char *type, IpmpSdEntry *entry)
{
    entry->type = *type;
    if (strcmp(type, "s") == 0 || strcmp(type, "o") == 0) {
        entry->type = 's';
        return sd_bus_message_read_basic(m, *type, (void *)&entry->string);
    }
    if (strcmp(type, "b") == 0)
        return sd_bus_message_read_basic(m, 'b', &entry->boolean);
    if (strcmp(type, "u") == 0)
        return sd_bus_message_read_basic(m, 'u', &entry->number);
    if (strcmp(type, "t") == 0)
        return sd_bus_message_read_basic(m, 't', &entry->number64);
    if (strcmp(type, "as") == 0 || strcmp(type, "ao") == 0)
        return sd_bus_message_read_strv(m, &entry->strings);
    entry->type = 0; /* of a service that is newer than this file */
    return sd_bus_message_skip(m, type);
}

/* The next entry of the dictionary that was entered; 0: that was all, and it is left. */
static inline int ipmp_sd_next_entry(sd_bus_message *m, IpmpSdEntry *entry)
{
    const char *type = NULL;
    int r = sd_bus_message_enter_container(m, 'e', "sv");

    ipmp_sd_entry_clear(entry);
    if (r <= 0) {
        int left = r < 0 ? r : sd_bus_message_exit_container(m);
        return left < 0 ? left : 0;
    }
    r = sd_bus_message_read_basic(m, 's', (void *)&entry->name);
    if (r >= 0)
        r = sd_bus_message_peek_type(m, NULL, &type);
    if (r >= 0)
        r = sd_bus_message_enter_container(m, 'v', type);
    if (r >= 0)
        r = ipmp_sd_read_entry_value(m, type, entry);
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    return r < 0 ? r : 1;
}

/* Enters the next dictionary of "rows"; 0: that was all. Read its entries to the end. */
static inline int ipmp_sd_next_dictionary(sd_bus_message *rows)
{
    return sd_bus_message_enter_container(rows, 'a', "{sv}");
}

/* The next of "counters", a{st}; 0: that was all. The name belongs to the message. */
static inline int ipmp_sd_next_counter(sd_bus_message *counters, const char **ret_name,
                                       uint64_t *ret_value)
{
    return sd_bus_message_read(counters, "{st}", ret_name, ret_value);
}

static inline int ipmp_sd_copy(const char *string, char **ret)
{
    size_t size = strlen(string) + 1;
    char *copy;

    if (ret == NULL)
        return 0;
    copy = (char *)malloc(size);
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, string, size);
    *ret = copy;
    return 0;
}

static inline int ipmp_sd_read_string(sd_bus_message *m, char type, char **ret)
{
    const char *string = NULL;
    int r = sd_bus_message_read_basic(m, type, (void *)&string);

    return r < 0 ? r : ipmp_sd_copy(string, ret);
}

static inline int ipmp_sd_read_strings(sd_bus_message *m, char ***ret)
{
    char **strings = NULL;
    int r = sd_bus_message_read_strv(m, &strings);

    if (r >= 0 && strings == NULL) { /* an empty array is no array */
        strings = (char **)calloc(1, sizeof *strings);
        r = strings != NULL ? 0 : -ENOMEM;
    }
    if (r >= 0 && ret != NULL)
        *ret = strings;
    else
        ipmp_sd_strv_free(strings);
    return r < 0 ? r : 0;
}

static inline int ipmp_sd_read_boolean(sd_bus_message *m, int *ret)
{
    int value = 0, r = sd_bus_message_read_basic(m, 'b', &value);

    if (r >= 0 && ret != NULL)
        *ret = value;
    return r < 0 ? r : 0;
}

static inline int ipmp_sd_read_u32(sd_bus_message *m, uint32_t *ret)
{
    uint32_t value = 0;
    int r = sd_bus_message_read_basic(m, 'u', &value);

    if (r >= 0 && ret != NULL)
        *ret = value;
    return r < 0 ? r : 0;
}

static inline int ipmp_sd_read_u64(sd_bus_message *m, uint64_t *ret)
{
    uint64_t value = 0;
    int r = sd_bus_message_read_basic(m, 't', &value);

    if (r >= 0 && ret != NULL)
        *ret = value;
    return r < 0 ? r : 0;
}

static inline int ipmp_sd_enter(sd_bus_message *m, const char *contents)
{
    int r = sd_bus_message_enter_container(m, 'a', contents);

    return r < 0 ? r : 0;
}

/* Hands a message on whose contents are read piece by piece. */
static inline void ipmp_sd_hand_on(sd_bus_message *m, sd_bus_message **ret)
{
    if (ret != NULL)
        *ret = sd_bus_message_ref(m);
}

/* ---- signals that every object has ---- */
/* PropertiesChanged: "sa{sv}as"; one an object and change. */
static inline int ipmp_sd_match_properties_changed(sd_bus *bus, sd_bus_slot **slot,
                                                   const char *path,
                                                   sd_bus_message_handler_t callback, void *data)
{
    return sd_bus_match_signal(bus, slot, IPMP_SD_BUS_NAME, path, "org.freedesktop.DBus.Properties",
                               "PropertiesChanged", callback, data);
}

/* InterfacesAdded: "oa{sa{sv}}"; a group or an interface is there. */
static inline int ipmp_sd_match_interfaces_added(sd_bus *bus, sd_bus_slot **slot,
                                                 sd_bus_message_handler_t callback, void *data)
{
    return sd_bus_match_signal(bus, slot, IPMP_SD_BUS_NAME, IPMP_SD_ROOT_PATH,
                               "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", callback,
                               data);
}

/* InterfacesRemoved: "oas"; a group or an interface is gone. */
static inline int ipmp_sd_match_interfaces_removed(sd_bus *bus, sd_bus_slot **slot,
                                                   sd_bus_message_handler_t callback, void *data)
{
    return sd_bus_match_signal(bus, slot, IPMP_SD_BUS_NAME, IPMP_SD_ROOT_PATH,
                               "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", callback,
                               data);
}

/* @MEMBERS@ */

#ifdef __cplusplus
}
#endif

#endif
