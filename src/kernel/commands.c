/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.h"
#include "netlink-build.h"
#include "netlink-parse.h"
#include "netlink-socket.h"
#include "sysctl.h"
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/msg.h>

#define BATCH_MAX (256 << 10) /* bytes in one system call */

typedef struct {
    guint64 op_id;
    MpOpKind kind;
    guint32 sequence; /* of its message; operations joined in one message share it */
    gboolean done;
    int error;
    char text[80];
} Answer;

struct MpCommands {
    MpNetlinkSocket *socket;
    MpNames *names;
    struct nl_msg *scratch;
    GByteArray *batch;
    GArray *answers; /* of Answer, in the order of the operations */
    guint told;      /* answers before this have been taken */
    guint unsent;    /* answers from here on are of messages still in the batch */
    guint32 sequence;
};

MpCommands *mp_commands_new(MpNames *names, GError **error)
{
    g_autoptr(MpCommands) commands = g_new0(MpCommands, 1);
    commands->names = names;
    commands->batch = g_byte_array_sized_new(BATCH_MAX);
    commands->answers = g_array_new(FALSE, TRUE, sizeof(Answer));
    commands->scratch = nlmsg_alloc_size(MP_SCRATCH_SIZE);
    commands->socket = mp_netlink_socket_new(error);
    if (commands->socket == NULL ||
        !mp_netlink_socket_set(commands->socket, NETLINK_CAP_ACK, error) ||
        !mp_netlink_socket_set(commands->socket, NETLINK_EXT_ACK, error))
        return NULL;
    return g_steal_pointer(&commands);
}

void mp_commands_free(MpCommands *commands)
{
    g_clear_pointer(&commands->socket, mp_netlink_socket_free);
    g_clear_pointer(&commands->scratch, nlmsg_free);
    g_byte_array_unref(commands->batch);
    g_array_unref(commands->answers);
    g_free(commands);
}

int mp_commands_fd(const MpCommands *commands)
{
    return mp_netlink_socket_fd(commands->socket);
}

guint32 mp_commands_port(const MpCommands *commands)
{
    return mp_netlink_socket_port(commands->socket);
}

static Answer *answer_at(const MpCommands *commands, guint i)
{
    return &g_array_index(commands->answers, Answer, i);
}

static void answer_settle(Answer *answer, int error, const char *text)
{
    answer->done = TRUE;
    answer->error = mp_netlink_result(answer->kind, error);
    g_strlcpy(answer->text, answer->error != 0 ? text : "", sizeof answer->text);
}

/* All that have been sent and not answered will not be any more. */
static void answers_fail(MpCommands *commands, guint from, int error)
{
    for (guint i = from; i < commands->unsent; i++)
        if (!answer_at(commands, i)->done)
            answer_settle(answer_at(commands, i), error, "the answer was lost");
}

static void on_answer(MpCommands *commands, guint *cursor, const guint8 *message, gsize length)
{
    guint32 sequence;
    int error;
    char text[sizeof((Answer *)0)->text];
    if (!mp_netlink_parse_answer(message, length, &sequence, &error, text, sizeof text) ||
        (sequence & MP_SEQUENCE_HELPER) != 0)
        return;
    /* Answers come in order: those before the one that is found are never looked at again. */
    while (*cursor < commands->unsent && answer_at(commands, *cursor)->sequence != sequence)
        (*cursor)++;
    for (; *cursor < commands->unsent && answer_at(commands, *cursor)->sequence == sequence;
         (*cursor)++)
        answer_settle(answer_at(commands, *cursor), error, text);
}

static guint first_open(const MpCommands *commands)
{
    guint i = commands->told;
    while (i < commands->unsent && answer_at(commands, i)->done)
        i++;
    return i;
}

void mp_commands_receive(MpCommands *commands)
{
    const guint8 *data, *message;
    gsize left, length;
    guint cursor = first_open(commands);
    for (;;) {
        MpReceive received = mp_netlink_socket_receive(commands->socket, &data, &left);
        if (received == MP_RECEIVE_NOTHING)
            return;
        if (received == MP_RECEIVE_OVERFLOW) {
            answers_fail(commands, cursor, ENOBUFS);
            continue;
        }
        while (mp_netlink_split(&data, &left, &message, &length))
            on_answer(commands, &cursor, message, length);
    }
}

static void commands_flush(MpCommands *commands)
{
    guint from = commands->unsent;
    commands->unsent = commands->answers->len;
    if (commands->batch->len == 0)
        return;
    int error =
        mp_netlink_socket_send(commands->socket, commands->batch->data, commands->batch->len);
    g_byte_array_set_size(commands->batch, 0);
    if (error != 0)
        answers_fail(commands, from, error);
    mp_commands_receive(commands);
}

static void answer_add(MpCommands *commands, const MpOp *op, guint32 sequence)
{
    Answer answer = {.op_id = op->id, .kind = op->kind, .sequence = sequence};
    g_array_append_val(commands->answers, answer);
}

/* A file is written at its place in the order, so what is before it goes out first. */
static void commands_write_sysctl(MpCommands *commands, const MpOp *op)
{
    commands_flush(commands);
    const MpSysctlValue *wish = &op->sysctl;
    const char *device = wish->index != 0 ? mp_names_get(commands->names, wish->index) : NULL;
    int error = mp_sysctl_write(wish->key, device, wish->index, wish->value);
    answer_add(commands, op, 0);
    answer_settle(answer_at(commands, commands->answers->len - 1), error, g_strerror(error));
    commands->unsent = commands->answers->len;
}

void mp_commands_submit(MpCommands *commands, const MpOp *ops, guint n_ops)
{
    for (guint i = 0; i < n_ops;) {
        if (ops[i].kind == MP_OP_SYSCTL_SET) {
            commands_write_sysctl(commands, &ops[i++]);
            continue;
        }
        guint joined = mp_netlink_joined(ops + i, n_ops - i);
        commands->sequence = commands->sequence % (MP_SEQUENCE_HELPER - 1) + 1;
        mp_netlink_build(ops + i, joined, commands->sequence, commands->scratch, commands->batch);
        for (guint end = i + joined; i < end; i++)
            answer_add(commands, &ops[i], commands->sequence);
        if (commands->batch->len + 3 * MP_SCRATCH_SIZE > BATCH_MAX)
            commands_flush(commands);
    }
    commands_flush(commands);
}

gboolean mp_commands_has_answer(const MpCommands *commands)
{
    return commands->told < commands->answers->len && answer_at(commands, commands->told)->done;
}

gboolean mp_commands_take(MpCommands *commands, MpEvent *out)
{
    if (!mp_commands_has_answer(commands))
        return FALSE;
    const Answer *answer = answer_at(commands, commands->told);
    *out = (MpEvent){.kind = MP_EVENT_OP_DONE, .op_id = answer->op_id, .error = answer->error};
    g_strlcpy(out->text, answer->text, sizeof out->text);
    if (++commands->told == commands->answers->len) {
        commands->told = commands->unsent = 0;
        g_array_set_size(commands->answers, 0);
    }
    return TRUE;
}
