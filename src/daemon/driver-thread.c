/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine thread. From a message of the kernel to the last frame and operation that answer it
 * nothing here waits or tells: everything for the main thread is gathered and handed over last. */
#include "deadline.h"
#include "driver-private.h"
#include "error.h"
#include "realtime.h"
#include <errno.h>
#include <sys/random.h>

/* A turn settles again for what was read during it; more often than this is a fault of ours, and
 * would, at our priority, take the processor away from everybody. */
#define ROUNDS_MAX 1000u
#define BATCH_ROOM 256u
#define PORTION_FIRST 4096u /* operations at once, before it is known what they take */
#define PORTION_MIN 256u
#define PORTION_MAX 65536u
#define PORTION_US                                                                                 \
    (200 * MP_USEC_PER_MSEC)      /* a portion is to take no longer, if planning does not */
#define RESULTS_WAITING_MAX 65536 /* probe results; the main thread may be held up */
#define ANSWERS_WAIT_US 10000     /* answers are not read at once when a probe is due so soon */
#define SENT_LATE_US 1000         /* a probe that leaves so much later is waited for longer */

struct IpmpdThread {
    IpmpdSeat *seat; /* NULL: a thread of its own */
    GThread *thread;
    GMainContext *context;
    IpmpdChannel *down;
    IpmpdChannel *up; /* the main thread's */

    /* For the start only. */
    const IpmpdHeritage *heritage; /* or NULL */
    IpmpdKernelFunc make_kernel;
    gpointer make_kernel_data;
    GError *start_error;
    gboolean started; /* under the mutex */
    GMutex mutex;
    GCond cond;

    /* Of the thread itself. */
    MpEngine *engine;
    guint8 *telling; /* or NULL: not 0 while neighbours are told what is not recorded yet */
    MpKernel *kernel;
    GSource *deadline;
    GArray *announcements; /* MpAction; at most one of the two has something in it */
    GArray *ops;           /* MpOp */
    GPtrArray *told;       /* IpmpdTold: for the end of the turn */
    MpSnapshot *snapshot;  /* the last one handed over */
    gint64 turn_us;        /* when the turn began */
    gboolean in_turn;
    gboolean heard; /* an event came during the turn */
    gboolean running;
    gint results_waiting; /* atomic: told, not yet taken */
    gint rounds;          /* atomic: of the loop */
};

void ipmpd_driver_command_free(IpmpdDriverCommand *command)
{
    g_clear_pointer(&command->config, mp_config_free);
    g_free(command->interface);
    g_free(command->group);
    g_free(command);
}

void ipmpd_told_free(IpmpdTold *told)
{
    if (told == NULL)
        return;
    g_clear_pointer(&told->record, mp_record_unref);
    g_clear_error(&told->error);
    g_clear_pointer(&told->seen, mp_snapshot_unref);
    g_clear_pointer(&told->results, g_array_unref);
    g_clear_pointer(&told->learned, mp_learned_unref);
    g_free(told->text);
    g_free(told);
}

static IpmpdTold *thread_tell(IpmpdThread *self, IpmpdToldKind kind)
{
    IpmpdTold *told = g_new0(IpmpdTold, 1);

    told->kind = kind;
    g_ptr_array_add(self->told, told);
    return told;
}

static void thread_tell_done(IpmpdThread *self, guint64 request, GError *error)
{
    IpmpdTold *told = thread_tell(self, IPMPD_TOLD_DONE);

    told->request = request;
    told->error = error;
}

static void thread_tell_look(IpmpdThread *self, guint64 request, const char *interface)
{
    IpmpdTold *told = thread_tell(self, IPMPD_TOLD_DONE);

    told->request = request;
    told->seen = mp_engine_look(self->engine, interface);
}

static void thread_tell_learned(IpmpdThread *self, gboolean last, gint64 now_us)
{
    MpLearned *learned = mp_engine_learned(self->engine, last, now_us);

    if (learned != NULL)
        thread_tell(self, IPMPD_TOLD_LEARNED)->learned = learned;
}

/* Carrying out */

/* By what the kernel took for `n`, which for the last of ten thousands is a hundred times what it
 * is for the first: so many that nobody waits for long, and that most of the time is not ours. */
static void thread_set_portion(IpmpdThread *self, guint n, gint64 before_us, gint64 after_us)
{
    gint64 room_us = MAX(PORTION_US, 3 * (before_us - self->turn_us));
    gint64 portion = n * room_us / MAX(after_us - before_us, 1);

    mp_engine_set_portion(self->engine, (guint)CLAMP(portion, PORTION_MIN, PORTION_MAX));
}

static void thread_flush(IpmpdThread *self)
{
    if (self->announcements->len > 0) {
        if (self->telling != NULL)
            *self->telling = 1;
        self->kernel->announce(self->kernel, (const MpAction *)self->announcements->data,
                               self->announcements->len);
        g_array_set_size(self->announcements, 0);
    }
    if (self->ops->len > 0) {
        gint64 before_us = g_get_monotonic_time();

        self->kernel->submit(self->kernel, (const MpOp *)self->ops->data, self->ops->len);
        if (self->ops->len >= PORTION_MIN)
            thread_set_portion(self, self->ops->len, before_us, g_get_monotonic_time());
        g_array_set_size(self->ops, 0);
    }
}

static void thread_read_links(IpmpdThread *self)
{
    guint n;
    const guint *links = mp_engine_polled(self->engine, &n);

    self->kernel->read_links(self->kernel, links, n);
}

static void thread_do_kernel(IpmpdThread *self, const MpAction *action)
{
    thread_flush(self);
    if (action->kind == MP_ACTION_READ_LINKS)
        thread_read_links(self);
    else if (action->kind == MP_ACTION_READ_SYSCTLS)
        self->kernel->read_sysctls(self->kernel, action->index);
    else if (action->kind == MP_ACTION_READ_NEIGHBOURS)
        self->kernel->read_neighbours(self->kernel, action->index);
    else
        self->kernel->dump(self->kernel, action->dump);
}

static void thread_do(IpmpdThread *self, MpAction *action)
{
    switch (action->kind) {
    case MP_ACTION_ANNOUNCE:
        if (self->ops->len > 0)
            thread_flush(self);
        g_array_append_val(self->announcements, *action);
        break;
    case MP_ACTION_OP:
        if (self->announcements->len > 0)
            thread_flush(self);
        g_array_append_val(self->ops, action->op);
        break;
    case MP_ACTION_READ_LINKS:
    case MP_ACTION_READ_SYSCTLS:
    case MP_ACTION_READ_NEIGHBOURS:
    case MP_ACTION_DUMP:
        thread_do_kernel(self, action);
        break;
    case MP_ACTION_RECORD:
        thread_tell(self, IPMPD_TOLD_RECORD)->record = g_steal_pointer(&action->record);
        break;
    case MP_ACTION_NOTICE:
        thread_tell(self, IPMPD_TOLD_NOTICE)->notice = action->notice;
        break;
    case MP_ACTION_DONE:
        thread_tell_done(self, action->done.request, g_steal_pointer(&action->done.error));
        break;
    }
}

static void thread_probe(IpmpdThread *self, gint64 now_us)
{
    const MpProbe *probes;
    guint n = mp_engine_take_probes(self->engine, &probes);
    gint64 sent_us;

    if (n == 0)
        return;
    self->kernel->probe(self->kernel, probes, n);
    sent_us = g_get_monotonic_time();
    if (sent_us - now_us > SENT_LATE_US)
        mp_engine_note_sent(self->engine, probes, n, sent_us);
}

static void thread_pop_all(IpmpdThread *self)
{
    MpAction action;

    while (mp_engine_pop(self->engine, &action))
        thread_do(self, &action);
    thread_flush(self);
}

/* What was decided at `now_us`: the neighbours hear of it before the rest is planned. */
static void thread_do_all(IpmpdThread *self, gint64 now_us)
{
    thread_pop_all(self);
    while (mp_engine_follow(self->engine, now_us))
        thread_pop_all(self);
    thread_probe(self, now_us);
}

/* Somebody watches probes. When the main thread does not come to take results, new ones are
 * dropped: it is to keep neither us nor the memory. */
static void thread_tell_results(IpmpdThread *self)
{
    g_autoptr(GArray) results = mp_engine_take_results(self->engine);

    if (results == NULL || g_atomic_int_get(&self->results_waiting) > RESULTS_WAITING_MAX)
        return;
    g_atomic_int_add(&self->results_waiting, (gint)results->len);
    thread_tell(self, IPMPD_TOLD_PROBES)->results = g_steal_pointer(&results);
}

void ipmpd_thread_results_taken(IpmpdThread *self, guint n)
{
    g_atomic_int_add(&self->results_waiting, -(gint)n);
}

static void thread_hand_over(IpmpdThread *self)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(self->engine);
    MpSnapshot *news = NULL;

    if (snapshot != self->snapshot) {
        g_clear_pointer(&self->snapshot, mp_snapshot_unref);
        self->snapshot = mp_snapshot_ref(snapshot);
        news = g_steal_pointer(&snapshot);
    }
    if (news != NULL || self->told->len > 0)
        ipmpd_channel_push_all(self->up, self->told, news);
}

static void thread_fail(IpmpdThread *self)
{
    thread_tell(self, IPMPD_TOLD_FAILED)->error =
        g_error_new(MP_ERROR, MP_ERROR_FAILED, "the engine does not come to rest");
    self->running = FALSE;
}

static void thread_turn(IpmpdThread *self)
{
    gint64 now_us = g_get_monotonic_time();
    guint rounds = 0;

    self->turn_us = now_us;
    self->in_turn = TRUE;
    self->heard = FALSE;
    /* What has come in meanwhile came in time, however late we are. */
    if (mp_engine_probe_deadline(self->engine) <= now_us)
        self->kernel->read_probes(self->kernel);
    /* Also here, so that a storm of messages cannot hold up a timer that is due. */
    if (mp_engine_next_deadline(self->engine) <= now_us)
        mp_engine_expire(self->engine, now_us);
    else
        mp_engine_settle(self->engine, now_us);
    thread_do_all(self, now_us);
    while (self->heard && rounds++ < ROUNDS_MAX) {
        self->heard = FALSE;
        now_us = g_get_monotonic_time();
        mp_engine_settle(self->engine, now_us);
        thread_do_all(self, now_us);
    }
    if (self->heard)
        thread_fail(self);
    thread_tell_results(self);
    thread_hand_over(self);
    if (self->telling != NULL && *self->telling != 0 && mp_engine_is_quiescent(self->engine))
        *self->telling = 0;
    /* The next probe wakes us anyhow, and who was answered is stamped by the kernel. */
    self->kernel->wait_probes(self->kernel,
                              mp_engine_probe_deadline(self->engine) <= now_us + ANSWERS_WAIT_US);
    ipmpd_deadline_set(self->deadline, mp_engine_next_deadline(self->engine));
    self->in_turn = FALSE;
}

static void on_deadline(gpointer user_data)
{
    thread_turn(user_data);
}

static void on_kernel_event(const MpEvent *event, gpointer user_data)
{
    IpmpdThread *self = user_data;

    mp_engine_handle(self->engine, event, g_get_monotonic_time());
    if (self->in_turn)
        self->heard = TRUE;
}

static void on_kernel_batch(gpointer user_data)
{
    IpmpdThread *self = user_data;

    /* During a turn: it settles for it. */
    if (!self->in_turn)
        thread_turn(self);
}

/* Commands */

static gboolean thread_obey(IpmpdThread *self, const IpmpdDriverCommand *command, GError **error)
{
    gint64 now_us = g_get_monotonic_time();

    switch (command->kind) {
    case IPMPD_DRIVER_CONFIGURE:
        return mp_engine_configure(self->engine, command->config, command->at_start, command->id,
                                   now_us, error);
    case IPMPD_DRIVER_OFFLINE:
        return mp_engine_offline(self->engine, command->interface, command->min_redundancy,
                                 command->id, now_us, error);
    case IPMPD_DRIVER_ONLINE:
        return mp_engine_online(self->engine, command->interface, command->id, now_us, error);
    case IPMPD_DRIVER_REMOVE_ADOPTED:
        return mp_engine_remove_adopted(self->engine, command->group, &command->address,
                                        command->id, now_us, error);
    case IPMPD_DRIVER_RECORD_STORED:
        mp_engine_record_stored(self->engine, command->id, now_us);
        return TRUE;
    case IPMPD_DRIVER_LOOK:
        thread_tell_look(self, command->id, command->interface);
        return TRUE;
    case IPMPD_DRIVER_WATCH:
        mp_engine_watch(self->engine, command->watch);
        return TRUE;
    case IPMPD_DRIVER_LEARN:
        thread_tell_learned(self, FALSE, now_us);
        return TRUE;
    case IPMPD_DRIVER_QUIT:
        thread_tell_learned(self, TRUE, now_us);
        self->running = FALSE;
        return TRUE;
    }
    return TRUE;
}

static void on_commands(GPtrArray *commands, gpointer latest, gpointer user_data)
{
    IpmpdThread *self = user_data;

    for (guint i = 0; i < commands->len && self->running; i++) {
        const IpmpdDriverCommand *command = commands->pdata[i];
        GError *error = NULL;

        if (!thread_obey(self, command, &error))
            thread_tell_done(self, command->id, error);
    }
    g_ptr_array_unref(commands);
    if (self->running)
        thread_turn(self);
    else if (self->told->len > 0)
        ipmpd_channel_push_all(self->up, self->told, NULL);
}

/* Life */

/* Cookies that nobody foretells, and moments that are not those of another host that was started
 * together with this one. */
static gboolean thread_seed(IpmpdThread *self)
{
    struct {
        MpCookieKey key;
        guint32 seed;
    } random;

    if (getrandom(&random, sizeof random, 0) != (gssize)sizeof random) {
        self->start_error =
            g_error_new(MP_ERROR, MP_ERROR_KERNEL, "no random bytes: %s", g_strerror(errno));
        return FALSE;
    }
    mp_engine_seed(self->engine, &random.key, random.seed);
    return TRUE;
}

static gboolean thread_set_up(IpmpdThread *self)
{
    MpKernelSink sink = {on_kernel_event, on_kernel_batch, self};

    self->told = g_ptr_array_new_with_free_func((GDestroyNotify)ipmpd_told_free);
    self->announcements = g_array_sized_new(FALSE, FALSE, sizeof(MpAction), BATCH_ROOM);
    self->ops = g_array_sized_new(FALSE, FALSE, sizeof(MpOp), BATCH_ROOM);
    self->deadline = ipmpd_deadline_new(self->context, on_deadline, self);
    self->engine = mp_engine_new(self->heritage != NULL ? self->heritage->record : NULL);
    mp_engine_set_portion(self->engine, PORTION_FIRST);
    if (!thread_seed(self))
        return FALSE;
    if (self->heritage != NULL) {
        mp_engine_recall(self->engine, self->heritage->learned, self->heritage->sequence);
        self->telling = self->heritage->telling;
    }
    if (self->telling != NULL && *self->telling != 0)
        mp_engine_say_again(self->engine);
    self->kernel =
        self->make_kernel(self->context, &sink, self->make_kernel_data, &self->start_error);
    return self->kernel != NULL;
}

static void thread_tear_down(IpmpdThread *self)
{
    g_clear_pointer(&self->kernel, mp_kernel_free);
    g_clear_pointer(&self->engine, mp_engine_free);
    g_clear_pointer(&self->snapshot, mp_snapshot_unref);
    g_source_destroy(self->deadline);
    g_source_unref(self->deadline);
    g_array_unref(self->announcements);
    g_array_unref(self->ops);
    g_ptr_array_unref(self->told);
}

static void thread_say_started(IpmpdThread *self)
{
    g_mutex_lock(&self->mutex);
    self->started = TRUE;
    g_cond_signal(&self->cond);
    g_mutex_unlock(&self->mutex);
}

static gpointer thread_main(gpointer data)
{
    IpmpdThread *self = data;
    g_autofree char *shortfall = ipmpd_realtime_enter();

    g_main_context_push_thread_default(self->context);
    self->running = thread_set_up(self);
    if (shortfall != NULL)
        thread_tell(self, IPMPD_TOLD_INFO)->text = g_steal_pointer(&shortfall);
    thread_say_started(self);
    if (self->running)
        thread_turn(self);
    while (self->running) {
        g_main_context_iteration(self->context, TRUE);
        g_atomic_int_inc(&self->rounds);
    }
    thread_tear_down(self);
    g_main_context_pop_thread_default(self->context);
    return NULL;
}

static void thread_free(IpmpdThread *self)
{
    if (self->seat != NULL)
        ipmpd_seat_wait(self->seat);
    else
        g_thread_join(self->thread);
    ipmpd_channel_free(self->down);
    g_main_context_unref(self->context);
    g_clear_error(&self->start_error);
    g_mutex_clear(&self->mutex);
    g_cond_clear(&self->cond);
    g_free(self);
}

IpmpdThread *ipmpd_thread_start(const IpmpdHeritage *heritage, IpmpdKernelFunc make_kernel,
                                gpointer user_data, IpmpdChannel *up, IpmpdSeat *seat,
                                GError **error)
{
    IpmpdThread *self = g_new0(IpmpdThread, 1);
    IpmpdChannelSink sink = {on_commands, (GDestroyNotify)ipmpd_driver_command_free, NULL, self};

    self->context = g_main_context_new();
    /* Below the kernel's messages. */
    self->down = ipmpd_channel_new(self->context, G_PRIORITY_DEFAULT_IDLE, &sink);
    self->up = up;
    self->heritage = heritage;
    self->make_kernel = make_kernel;
    self->make_kernel_data = user_data;
    g_mutex_init(&self->mutex);
    g_cond_init(&self->cond);
    self->seat = seat;
    if (seat != NULL)
        ipmpd_seat_run(seat, thread_main, self);
    else
        self->thread = g_thread_new("ipmpd-engine", thread_main, self);
    g_mutex_lock(&self->mutex);
    while (!self->started)
        g_cond_wait(&self->cond, &self->mutex);
    g_mutex_unlock(&self->mutex);
    if (self->start_error == NULL)
        return self;
    g_propagate_error(error, g_steal_pointer(&self->start_error));
    thread_free(self);
    return NULL;
}

void ipmpd_thread_command(IpmpdThread *self, IpmpdDriverCommand *command)
{
    ipmpd_channel_push(self->down, command);
}

guint ipmpd_thread_rounds(IpmpdThread *self)
{
    g_main_context_wakeup(self->context);
    return (guint)g_atomic_int_get(&self->rounds);
}

void ipmpd_thread_stop(IpmpdThread *self)
{
    IpmpdDriverCommand *command = g_new0(IpmpdDriverCommand, 1);

    command->kind = IPMPD_DRIVER_QUIT;
    ipmpd_thread_command(self, command);
    thread_free(self);
}
