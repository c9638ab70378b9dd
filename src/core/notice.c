/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each decision becomes one notice: for the history, the journal and the bus. */
#include "state.h"

static MpNotice *notice_new(MpEngine *engine, MpNoticeKind kind, MpReason reason, gint64 now_us)
{
    MpAction *action = g_new0(MpAction, 1);

    action->kind = MP_ACTION_NOTICE;
    action->notice.sequence = ++engine->sequence;
    action->notice.now_us = now_us;
    action->notice.kind = kind;
    action->notice.reason = reason;
    g_queue_push_tail(engine->notices, action);
    engine->visible_dirty = TRUE;
    return &action->notice;
}

static void notice_about(MpNotice *notice, const MpGroup *group, const MpMember *member)
{
    g_strlcpy(notice->group, group->config->name, sizeof notice->group);
    if (member != NULL)
        g_strlcpy(notice->interface, member->name, sizeof notice->interface);
}

void mp_notice_interface(MpEngine *engine, const MpMember *member, MpInterfaceState from,
                         gint64 now_us)
{
    MpNotice *notice = notice_new(engine, MP_NOTICE_INTERFACE_STATE, member->reason, now_us);

    notice_about(notice, member->group, member);
    g_strlcpy(notice->from, mp_interface_state_to_string(from), sizeof notice->from);
    g_strlcpy(notice->to, mp_interface_state_to_string(member->state), sizeof notice->to);
}

void mp_notice_role(MpEngine *engine, const MpMember *member, MpReason reason, gint64 now_us)
{
    notice_about(notice_new(engine, MP_NOTICE_ROLE, reason, now_us), member->group, member);
}

void mp_notice_group(MpEngine *engine, const MpGroup *group, MpGroupState from, gint64 now_us)
{
    MpNotice *notice = notice_new(engine, MP_NOTICE_GROUP_STATE, group->reason, now_us);

    notice_about(notice, group, NULL);
    g_strlcpy(notice->from, mp_group_state_to_string(from), sizeof notice->from);
    g_strlcpy(notice->to, mp_group_state_to_string(group->state), sizeof notice->to);
}

void mp_notice_moved(MpEngine *engine, const MpData *data, const char *from, const char *to,
                     MpReason reason, gint64 now_us)
{
    MpNotice *notice = notice_new(engine, MP_NOTICE_ADDRESS_MOVED, reason, now_us);

    notice_about(notice, data->group, data->host);
    notice->address = data->address;
    g_strlcpy(notice->from, from, sizeof notice->from);
    g_strlcpy(notice->to, to, sizeof notice->to);
}

void mp_notice_address(MpEngine *engine, const MpData *data, MpReason reason, gint64 now_us)
{
    MpNotice *notice = notice_new(engine, MP_NOTICE_ADDRESS_STATE, reason, now_us);

    notice_about(notice, data->group, data->home);
    notice->address = data->address;
}

void mp_notice_config(MpEngine *engine, const char *group, const char *interface, MpReason reason,
                      const char *detail, gint64 now_us)
{
    MpNotice *notice = notice_new(engine, MP_NOTICE_CONFIGURATION, reason, now_us);

    g_strlcpy(notice->group, group != NULL ? group : "", sizeof notice->group);
    g_strlcpy(notice->interface, interface != NULL ? interface : "", sizeof notice->interface);
    g_strlcpy(notice->detail, detail, sizeof notice->detail);
}

void mp_notice_probing(MpEngine *engine, const MpGroup *group, const MpMember *member,
                       MpReason reason, const char *detail, gint64 now_us)
{
    MpNotice *notice = notice_new(engine, MP_NOTICE_PROBING, reason, now_us);

    notice_about(notice, group, member);
    g_strlcpy(notice->detail, detail, sizeof notice->detail);
}

void mp_notice_kernel(MpEngine *engine, MpReason reason, const char *detail, gint64 now_us)
{
    MpNotice *notice = notice_new(engine, MP_NOTICE_KERNEL, reason, now_us);

    g_strlcpy(notice->detail, detail, sizeof notice->detail);
}

void mp_notice_full(MpEngine *engine, const MpMember *member, const MpAddress *address,
                    gint64 now_us)
{
    MpNotice *notice = notice_new(engine, MP_NOTICE_KERNEL, MP_REASON_REFUSED, now_us);
    char text[MP_ADDRESS_STRING_MAX];

    notice_about(notice, member->group, member);
    notice->address = *address;
    mp_address_format(address, text);
    g_snprintf(notice->detail, sizeof notice->detail,
               "%s will not move: the group has %u addresses", text, member->group->data->len);
}
