/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The edits, and the queue of changes, with an engine and a store that do as they are told. The
 * linker takes the functions of driver.h and store.h from here. */
#include "changes.h"
#include "error.h"
#include "generations.h"

/* The engine */

struct IpmpdDriver {
    GQueue waiting;   /* GTask: what has been asked and not answered */
    GPtrArray *given; /* MpConfig: every configuration that was asked for */
};

static void driver_ask(IpmpdDriver *driver, GAsyncReadyCallback callback, gpointer user_data)
{
    g_queue_push_tail(&driver->waiting, g_task_new(NULL, NULL, callback, user_data));
}

void ipmpd_driver_configure(IpmpdDriver *driver, const MpConfig *config, gboolean at_start,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    g_ptr_array_add(driver->given, mp_config_copy(config));
    driver_ask(driver, callback, user_data);
}

void ipmpd_driver_offline(IpmpdDriver *driver, const char *interface, guint min_redundancy,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    driver_ask(driver, callback, user_data);
}

void ipmpd_driver_online(IpmpdDriver *driver, const char *interface, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    driver_ask(driver, callback, user_data);
}

void ipmpd_driver_remove_adopted(IpmpdDriver *driver, const char *group, const MpAddress *address,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
    driver_ask(driver, callback, user_data);
}

gboolean ipmpd_driver_finish(IpmpdDriver *driver, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean(G_TASK(result), error);
}

/* The store */

struct IpmpdStore {
    gboolean refuse_check;
    gboolean refuse_save;
    guint n_saves;
    gboolean temporary; /* of the last save */
    MpConfig *on_disk;  /* what a reload gives, NULL = an error */
    guint n_undone;     /* reloads that were taken back */
};

gboolean ipmpd_store_check(IpmpdStore *store, const MpConfig *before, const MpConfig *after,
                           gboolean temporary, GError **error)
{
    if (store->refuse_check)
        g_set_error(error, MP_ERROR, MP_ERROR_BUSY, "masked");
    return !store->refuse_check;
}

gboolean ipmpd_store_save(IpmpdStore *store, const MpConfig *before, MpConfig *after,
                          gboolean temporary, GError **error)
{
    if (store->refuse_save) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "disk full");
        return FALSE;
    }
    store->n_saves++;
    store->temporary = temporary;
    return TRUE;
}

MpConfig *ipmpd_store_reload(IpmpdStore *store, GStrv *out_warnings, GError **error)
{
    *out_warnings = NULL;
    if (store->on_disk == NULL) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_CONFIG, "a:1: x\nb:2: y");
        return NULL;
    }
    return mp_config_copy(store->on_disk);
}

void ipmpd_store_undo_reload(IpmpdStore *store)
{
    store->n_undone++;
}

/* The fixture */

typedef struct {
    IpmpdDriver driver;
    IpmpdStore store;
    IpmpdChanges *changes;
    guint n_changed;
} Fixture;

/* One call and its answer. */
typedef struct {
    gboolean answered;
    GError *error;
} Answer;

static void on_changed(gpointer user_data)
{
    ((Fixture *)user_data)->n_changed++;
}

static void on_answer(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Answer *answer = user_data;

    g_assert_false(answer->answered);
    answer->answered = TRUE;
    ipmpd_changes_finish(result, &answer->error);
}

static void fixture_set_up(Fixture *f, gconstpointer unused)
{
    MpConfig *config = mp_config_new();
    MpGroupConfig *group = mp_group_config_new("front", &config->defaults);

    g_ptr_array_add(group->interfaces, mp_interface_config_new("eth0"));
    g_ptr_array_add(group->interfaces, mp_interface_config_new("eth1"));
    mp_config_put(config, group);
    g_queue_init(&f->driver.waiting);
    f->driver.given = g_ptr_array_new_with_free_func((GDestroyNotify)mp_config_free);
    f->changes = ipmpd_changes_new(&f->driver, &f->store, config, g_new0(char *, 1), on_changed, f);
}

static void settle(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static void fixture_tear_down(Fixture *f, gconstpointer unused)
{
    g_assert_true(g_queue_is_empty(&f->driver.waiting));
    ipmpd_changes_free(f->changes);
    settle();
    g_ptr_array_unref(f->driver.given);
    g_clear_pointer(&f->store.on_disk, mp_config_free);
}

/* Answers the oldest question to the engine. */
static void engine_answer(Fixture *f, gboolean good)
{
    g_autoptr(GTask) task = g_queue_pop_head(&f->driver.waiting);

    g_assert_nonnull(task);
    if (good)
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_NOT_SUITABLE, "lo is a loopback");
    settle();
}

static IpmpdOrder *order_new(const char *group, const char *interface, const char *address,
                             const char *parameters)
{
    g_autoptr(GVariant) value =
        g_variant_ref_sink(g_variant_new_parsed(parameters)); /* a constant of the test */

    return ipmpd_order_new(group, interface, address, value);
}

static const IpmpdChange add_address = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_GROUP,
                                        ipmpd_edit_add_address};
static const IpmpdChange set_standby = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_INTERFACE,
                                        ipmpd_edit_set_standby};
static const IpmpdChange delete_group = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_GROUP, ipmpd_edit_delete};
static const IpmpdChange create_group = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_MANAGER,
                                         ipmpd_edit_create_group};
static const IpmpdChange save_group = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_GROUP, ipmpd_edit_save};
static const IpmpdChange reload = {IPMPD_CHANGE_RELOAD, IPMPD_OBJECT_MANAGER, NULL};
static const IpmpdChange offline = {IPMPD_CHANGE_OFFLINE, IPMPD_OBJECT_INTERFACE, NULL};

static IpmpdTicket try(Fixture *f, const IpmpdChange *change, IpmpdOrder *order)
{
    g_autoptr(GError) error = NULL;
    IpmpdTicket ticket;

    g_assert_true(ipmpd_changes_try(f->changes, change, order, &ticket, &error));
    g_assert_no_error(error);
    return ticket;
}

static void submit(Fixture *f, const IpmpdChange *change, IpmpdOrder *order, Answer *answer)
{
    IpmpdTicket ticket = try(f, change, order);

    ipmpd_changes_submit(f->changes, change, order, ticket, on_answer, answer);
    settle();
}

static void assert_done(Answer *answer)
{
    g_assert_true(answer->answered);
    g_assert_no_error(answer->error);
}

static void assert_failed(Answer *answer, MpError code)
{
    g_assert_true(answer->answered);
    g_assert_error(answer->error, MP_ERROR, (gint)code);
    g_clear_error(&answer->error);
}

static const MpGroupConfig *front(Fixture *f)
{
    return mp_config_find(ipmpd_changes_get_config(f->changes), "front");
}

/* The queue */

static void test_a_change_goes_to_the_engine_then_to_disk(Fixture *f, gconstpointer unused)
{
    Answer answer = {0};

    submit(f, &add_address, order_new("front", NULL, "192.0.2.1/24", "('x', @a{sv} {})"), &answer);
    g_assert_false(answer.answered);
    g_assert_cmpuint(f->store.n_saves, ==, 0);
    g_assert_cmpuint(front(f)->addresses->len, ==, 0);
    engine_answer(f, TRUE);
    assert_done(&answer);
    g_assert_cmpuint(f->store.n_saves, ==, 1);
    g_assert_false(f->store.temporary);
    g_assert_cmpuint(front(f)->addresses->len, ==, 1);
    g_assert_cmpuint(f->n_changed, ==, 1);
}

static void test_a_temporary_change_is_saved_as_such(Fixture *f, gconstpointer unused)
{
    Answer answer = {0};

    submit(f, &set_standby, order_new("front", "eth1", NULL, "(true, {'temporary': <true>})"),
           &answer);
    engine_answer(f, TRUE);
    assert_done(&answer);
    g_assert_true(f->store.temporary);
}

static void test_what_is_so_already_changes_nothing(Fixture *f, gconstpointer unused)
{
    Answer answer = {0};

    submit(f, &set_standby, order_new("front", "eth1", NULL, "(false, @a{sv} {})"), &answer);
    assert_done(&answer);
    g_assert_cmpuint(f->driver.given->len, ==, 0);
    g_assert_cmpuint(f->store.n_saves, ==, 0);
}

static void test_what_the_engine_refuses_is_not_saved(Fixture *f, gconstpointer unused)
{
    Answer answer = {0};

    submit(f, &set_standby, order_new("front", "eth1", NULL, "(true, @a{sv} {})"), &answer);
    engine_answer(f, FALSE);
    assert_failed(&answer, MP_ERROR_NOT_SUITABLE);
    g_assert_cmpuint(f->store.n_saves, ==, 0);
    g_assert_false(mp_group_config_find(front(f), "eth1")->standby);
}

static void test_what_cannot_be_saved_is_taken_back(Fixture *f, gconstpointer unused)
{
    Answer answer = {0};

    f->store.refuse_save = TRUE;
    submit(f, &set_standby, order_new("front", "eth1", NULL, "(true, @a{sv} {})"), &answer);
    engine_answer(f, TRUE);
    g_assert_false(answer.answered);
    g_assert_cmpuint(f->driver.given->len, ==, 2);
    g_assert_true(mp_config_equal(f->driver.given->pdata[1], ipmpd_changes_get_config(f->changes)));
    engine_answer(f, TRUE);
    assert_failed(&answer, MP_ERROR_FAILED);
    g_assert_false(mp_group_config_find(front(f), "eth1")->standby);
}

static void test_the_store_is_asked_before_the_kernel(Fixture *f, gconstpointer unused)
{
    IpmpdOrder *order = order_new("front", "eth1", NULL, "(true, @a{sv} {})");
    g_autoptr(GError) error = NULL;
    IpmpdTicket ticket;

    f->store.refuse_check = TRUE;
    g_assert_false(ipmpd_changes_try(f->changes, &set_standby, order, &ticket, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_BUSY);
    ipmpd_order_free(order);
}

/* Both were told that they may, before either was done. */
static void test_two_that_waited_do_not_undo_each_other(Fixture *f, gconstpointer unused)
{
    IpmpdOrder *first = order_new("front", NULL, "192.0.2.1/24", "('x', @a{sv} {})");
    IpmpdOrder *second = order_new("front", NULL, "192.0.2.2/24", "('x', @a{sv} {})");
    IpmpdTicket first_ticket = try(f, &add_address, first);
    IpmpdTicket second_ticket = try(f, &add_address, second);
    Answer a = {0}, b = {0};

    ipmpd_changes_submit(f->changes, &add_address, first, first_ticket, on_answer, &a);
    ipmpd_changes_submit(f->changes, &add_address, second, second_ticket, on_answer, &b);
    settle();
    g_assert_cmpuint(f->driver.given->len, ==, 1);
    engine_answer(f, TRUE);
    assert_done(&a);
    g_assert_false(b.answered);
    engine_answer(f, TRUE);
    assert_done(&b);
    g_assert_cmpuint(front(f)->addresses->len, ==, 2);
}

static void test_a_group_that_went_while_waiting_is_told(Fixture *f, gconstpointer unused)
{
    IpmpdOrder *late = order_new("front", NULL, "192.0.2.1/24", "('x', @a{sv} {})");
    IpmpdTicket ticket = try(f, &add_address, late);
    Answer deleted = {0}, created = {0}, answer = {0};

    submit(f, &delete_group, order_new("front", NULL, NULL, "(@a{sv} {},)"), &deleted);
    engine_answer(f, TRUE);
    assert_done(&deleted);
    /* Another one by that name is not the one that was meant. */
    submit(f, &create_group, order_new("front", NULL, NULL, "('front', @as [], @a{sv} {})"),
           &created);
    engine_answer(f, TRUE);
    assert_done(&created);
    ipmpd_changes_submit(f->changes, &add_address, late, ticket, on_answer, &answer);
    settle();
    assert_failed(&answer, MP_ERROR_NO_SUCH_GROUP);
}

static void test_an_interface_that_went_while_waiting_is_told(Fixture *f, gconstpointer unused)
{
    IpmpdOrder *late = order_new("front", "eth0", NULL, "(@a{sv} {},)");
    IpmpdTicket ticket = try(f, &offline, late);
    Answer deleted = {0}, answer = {0};

    submit(f, &delete_group, order_new("front", NULL, NULL, "(@a{sv} {},)"), &deleted);
    engine_answer(f, TRUE);
    ipmpd_changes_submit(f->changes, &offline, late, ticket, on_answer, &answer);
    settle();
    assert_failed(&answer, MP_ERROR_NO_SUCH_INTERFACE);
}

static void test_a_reload_takes_what_is_on_disk(Fixture *f, gconstpointer unused)
{
    Answer answer = {0};

    f->store.on_disk = mp_config_new();
    submit(f, &reload, order_new(NULL, NULL, NULL, "(@a{sv} {},)"), &answer);
    engine_answer(f, TRUE);
    assert_done(&answer);
    g_assert_null(front(f));
    g_assert_cmpuint(f->store.n_saves, ==, 0);
}

static void test_a_reload_that_the_engine_refuses_is_forgotten(Fixture *f, gconstpointer unused)
{
    Answer answer = {0};

    f->store.on_disk = mp_config_new();
    submit(f, &reload, order_new(NULL, NULL, NULL, "(@a{sv} {},)"), &answer);
    engine_answer(f, FALSE);
    assert_failed(&answer, MP_ERROR_NOT_SUITABLE);
    g_assert_nonnull(front(f));
    g_assert_cmpuint(f->store.n_undone, ==, 1);
}

static void test_a_reload_with_errors_changes_nothing(Fixture *f, gconstpointer unused)
{
    Answer answer = {0};

    submit(f, &reload, order_new(NULL, NULL, NULL, "(@a{sv} {},)"), &answer);
    assert_failed(&answer, MP_ERROR_INVALID_CONFIG);
    g_assert_nonnull(front(f));
    g_assert_cmpuint(f->driver.given->len, ==, 0);
    g_assert_cmpuint(g_strv_length((GStrv)ipmpd_changes_get_errors(f->changes)), ==, 2);
    f->store.on_disk = mp_config_new();
    submit(f, &reload, order_new(NULL, NULL, NULL, "(@a{sv} {},)"), &(Answer){0});
    g_assert_cmpuint(g_strv_length((GStrv)ipmpd_changes_get_errors(f->changes)), ==, 0);
    engine_answer(f, TRUE);
}

static void test_saving_a_temporary_group_reaches_the_store(Fixture *f, gconstpointer unused)
{
    Answer created = {0}, saved = {0}, again = {0};

    submit(f, &create_group,
           order_new("back", NULL, NULL, "('back', @as [], {'temporary': <true>})"), &created);
    engine_answer(f, TRUE);
    g_assert_true(f->store.temporary);
    submit(f, &save_group, order_new("back", NULL, NULL, "(@a{sv} {},)"), &saved);
    engine_answer(f, TRUE);
    assert_done(&saved);
    g_assert_false(f->store.temporary);
    g_assert_cmpuint(f->store.n_saves, ==, 2);
    submit(f, &save_group, order_new("back", NULL, NULL, "(@a{sv} {},)"), &again);
    assert_done(&again);
    g_assert_cmpuint(f->store.n_saves, ==, 2);
}

static void test_stopping_answers_those_who_wait(Fixture *f, gconstpointer unused)
{
    Answer running = {0}, waiting = {0};

    submit(f, &offline, order_new("front", "eth0", NULL, "(@a{sv} {},)"), &running);
    submit(f, &set_standby, order_new("front", "eth1", NULL, "(true, @a{sv} {})"), &waiting);
    ipmpd_changes_stop(f->changes);
    settle();
    assert_failed(&waiting, MP_ERROR_FAILED);
    engine_answer(f, FALSE);
    assert_failed(&running, MP_ERROR_NOT_SUITABLE);
}

/* The edits: what is refused, and with which words. */

typedef struct {
    IpmpdEdit edit;
    const char *group, *interface, *address;
    const char *parameters;
    MpError code;
    const char *word;
} Refusal;

static const Refusal refusals[] = {
    {ipmpd_edit_create_group, "a b", NULL, NULL, "('a b', @as [], @a{sv} {})",
     MP_ERROR_INVALID_ARGUMENT, "\"a b\""},
    {ipmpd_edit_create_group, "back", NULL, NULL, "('back', ['eth5', 'eth5'], @a{sv} {})",
     MP_ERROR_INVALID_ARGUMENT, "\"eth5\""},
    {ipmpd_edit_create_group, "back", NULL, NULL, "('back', ['eth0'], @a{sv} {})",
     MP_ERROR_INTERFACE_IN_USE, "front"},
    {ipmpd_edit_create_group, "back", NULL, NULL, "('back', ['e/0'], @a{sv} {})",
     MP_ERROR_INVALID_ARGUMENT, "\"e/0\""},
    {ipmpd_edit_create_group, "back", NULL, NULL, "('back', ['eth5'], {'colour': <'red'>})",
     MP_ERROR_INVALID_ARGUMENT, "\"colour\""},
    {ipmpd_edit_create_group, "back", NULL, NULL,
     "('back', ['eth5'], {'interface-settings': <{'eth6': @a{sv} {}}>})", MP_ERROR_INVALID_ARGUMENT,
     "\"eth6\""},
    {ipmpd_edit_create_group, "back", NULL, NULL,
     "('back', ['eth5'], {'interface-settings': <{'eth5': {'stand': <true>}}>})",
     MP_ERROR_INVALID_ARGUMENT, "\"stand\""},
    {ipmpd_edit_create_group, "back", NULL, NULL, "('back', @as [], {'addresses': <['1.2.3.4']>})",
     MP_ERROR_INVALID_ARGUMENT, "1.2.3.4"},
    {ipmpd_edit_create_group, "front", NULL, NULL, "('front', @as [], @a{sv} {})", MP_ERROR_EXISTS,
     "\"front\""},
    {ipmpd_edit_set_defaults, NULL, NULL, NULL, "({'link-poll-msec': <uint32 10001>}, @a{sv} {})",
     MP_ERROR_INVALID_ARGUMENT, "10001"},
    {ipmpd_edit_set_defaults, NULL, NULL, NULL, "(@a{sv} {}, {'restet': <['failback']>})",
     MP_ERROR_INVALID_ARGUMENT, "\"restet\""},
    {ipmpd_edit_configure, "none", NULL, NULL, "(@a{sv} {}, @a{sv} {})", MP_ERROR_NO_SUCH_GROUP,
     "\"none\""},
    {ipmpd_edit_configure, "front", NULL, NULL, "({'probe-repairs': <uint32 51>}, @a{sv} {})",
     MP_ERROR_INVALID_ARGUMENT, "51"},
    {ipmpd_edit_delete, "none", NULL, NULL, "(@a{sv} {},)", MP_ERROR_NO_SUCH_GROUP, "\"none\""},
    {ipmpd_edit_delete, "front", NULL, NULL, "({'force': <true>},)", MP_ERROR_INVALID_ARGUMENT,
     "\"force\""},
    {ipmpd_edit_save, "front", NULL, NULL, "({'temporary': <true>},)", MP_ERROR_INVALID_ARGUMENT,
     "temporary"},
    {ipmpd_edit_add_interface, "front", "eth0", NULL, "('eth0', {'standby': <true>})",
     MP_ERROR_EXISTS, "eth0"},
    {ipmpd_edit_add_interface, "front", "eth5", NULL, "('eth5', {'standby': <'yes'>})",
     MP_ERROR_INVALID_ARGUMENT, "\"standby\""},
    {ipmpd_edit_remove_interface, "front", "eth9", NULL, "('eth9', @a{sv} {})",
     MP_ERROR_NO_SUCH_INTERFACE, "eth0, eth1"},
    {ipmpd_edit_set_standby, "front", "eth9", NULL, "(true, @a{sv} {})", MP_ERROR_NO_SUCH_INTERFACE,
     "\"eth9\""},
    {ipmpd_edit_set_test_addresses, "front", "eth0", NULL, "(['192.0.2.1'], @a{sv} {})",
     MP_ERROR_INVALID_ARGUMENT, "192.0.2.1"},
    {ipmpd_edit_add_address, "front", NULL, "192.0.2.1", "('192.0.2.1', @a{sv} {})",
     MP_ERROR_INVALID_ARGUMENT, "192.0.2.1"},
    {ipmpd_edit_add_address, "front", "eth9", "192.0.2.1/24", "('x', @a{sv} {})",
     MP_ERROR_NO_SUCH_INTERFACE, "\"eth9\""},
    {ipmpd_edit_add_address, "front", NULL, "192.0.2.1/24", "('x', {'deprecated': <true>})",
     MP_ERROR_INVALID_ARGUMENT, "192.0.2.1/24"},
    {ipmpd_edit_add_address, "front", NULL, "2001:db8::1/64", "('x', {'deprecated': <true>})",
     MP_ERROR_NOT_SUPPORTED, "2001:db8::1/64"},
    {ipmpd_edit_remove_address, "front", NULL, "192.0.2.1/24", "('x', @a{sv} {})",
     MP_ERROR_NO_SUCH_ADDRESS, "192.0.2.1/24"},
};

static void test_each_edit_refuses_with_the_value(Fixture *f, gconstpointer unused)
{
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const Refusal *r = &refusals[i];
        g_autoptr(IpmpdOrder) order = order_new(r->group, r->interface, r->address, r->parameters);
        g_autoptr(MpConfig) config = mp_config_copy(ipmpd_changes_get_config(f->changes));
        g_autoptr(GError) error = NULL;

        g_assert_false(r->edit(config, order, &error));
        if (!g_error_matches(error, MP_ERROR, (gint)r->code) ||
            strstr(error->message, r->word) == NULL)
            g_error("row %u: %s: %s (wanted %s)", i, mp_error_to_name((MpError)error->code),
                    error->message, r->word);
    }
}

static void edit(MpConfig *config, IpmpdEdit function, const char *group, const char *interface,
                 const char *address, const char *parameters)
{
    g_autoptr(IpmpdOrder) order = order_new(group, interface, address, parameters);
    g_autoptr(GError) error = NULL;

    g_assert_true(function(config, order, &error));
    g_assert_no_error(error);
}

static void test_a_group_is_created_whole(Fixture *f, gconstpointer unused)
{
    static const char *const parameters =
        "('back', ['eth5', 'eth6'], {'failback': <false>, 'addresses': <['192.0.2.9/24']>, "
        "'interface-settings': <{'eth6': {'standby': <true>, "
        "'test-addresses': <['192.0.2.106/24']>, 'hardware-address': <'02:AA:00:00:00:01'>}, "
        "'eth5': {'addresses': <['192.0.2.5/24']>}}>})";
    g_autoptr(MpConfig) config = mp_config_copy(ipmpd_changes_get_config(f->changes));
    const MpGroupConfig *group;
    const MpInterfaceConfig *standby;

    edit(config, ipmpd_edit_create_group, "back", NULL, NULL, parameters);
    /* Once more is no change and no error. */
    edit(config, ipmpd_edit_create_group, "back", NULL, NULL, parameters);
    group = mp_config_find(config, "back");
    standby = mp_group_config_find(group, "eth6");
    g_assert_cmpuint(group->interfaces->len, ==, 2);
    g_assert_false(group->failback);
    g_assert_cmpuint(group->addresses->len, ==, 1);
    g_assert_true(standby->standby);
    g_assert_cmpuint(standby->test_addresses->len, ==, 1);
    g_assert_cmpstr(standby->hardware_address, ==, "02:aa:00:00:00:01");
    g_assert_cmpuint(mp_group_config_find(group, "eth5")->addresses->len, ==, 1);
    g_assert_true(mp_config_validate(config, NULL));
}

static void test_members_and_addresses_come_and_go(Fixture *f, gconstpointer unused)
{
    const MpConfig *before = ipmpd_changes_get_config(f->changes);
    g_autoptr(MpConfig) config = mp_config_copy(before);

    edit(config, ipmpd_edit_add_interface, "front", "eth5", NULL, "('eth5', @a{sv} {})");
    edit(config, ipmpd_edit_add_interface, "front", "eth5", NULL, "('eth5', @a{sv} {})");
    edit(config, ipmpd_edit_add_address, "front", "eth5", "192.0.2.1/24", "('x', @a{sv} {})");
    edit(config, ipmpd_edit_add_address, "front", "eth5", "192.0.2.1/24", "('x', @a{sv} {})");
    edit(config, ipmpd_edit_add_address, "front", NULL, "192.0.2.2/24", "('x', @a{sv} {})");
    edit(config, ipmpd_edit_set_test_addresses, "front", "eth0", NULL,
         "(['192.0.2.100/24'], @a{sv} {})");
    g_assert_false(mp_config_equal(config, before));
    g_assert_cmpuint(mp_config_find(config, "front")->interfaces->len, ==, 3);
    edit(config, ipmpd_edit_set_test_addresses, "front", "eth0", NULL, "(@as [], @a{sv} {})");
    edit(config, ipmpd_edit_remove_address, "front", NULL, "192.0.2.1/24", "('x', @a{sv} {})");
    edit(config, ipmpd_edit_remove_address, "front", NULL, "192.0.2.2/24", "('x', @a{sv} {})");
    edit(config, ipmpd_edit_remove_interface, "front", "eth5", NULL, "('eth5', @a{sv} {})");
    g_assert_true(mp_config_equal(config, before));
}

static void test_an_address_has_one_home(Fixture *f, gconstpointer unused)
{
    g_autoptr(MpConfig) config = mp_config_copy(ipmpd_changes_get_config(f->changes));
    g_autoptr(IpmpdOrder) order = order_new("front", "eth1", "192.0.2.1/24", "('x', @a{sv} {})");
    g_autoptr(GError) error = NULL;

    edit(config, ipmpd_edit_add_address, "front", "eth0", "192.0.2.1/24", "('x', @a{sv} {})");
    g_assert_false(ipmpd_edit_add_address(config, order, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_EXISTS);
    g_assert_nonnull(strstr(error->message, "eth0"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name)                                                                                  \
    g_test_add("/changes/" #name, Fixture, NULL, fixture_set_up, test_##name, fixture_tear_down)
    ADD(a_change_goes_to_the_engine_then_to_disk);
    ADD(a_temporary_change_is_saved_as_such);
    ADD(what_is_so_already_changes_nothing);
    ADD(what_the_engine_refuses_is_not_saved);
    ADD(what_cannot_be_saved_is_taken_back);
    ADD(the_store_is_asked_before_the_kernel);
    ADD(two_that_waited_do_not_undo_each_other);
    ADD(a_group_that_went_while_waiting_is_told);
    ADD(an_interface_that_went_while_waiting_is_told);
    ADD(a_reload_takes_what_is_on_disk);
    ADD(a_reload_with_errors_changes_nothing);
    ADD(a_reload_that_the_engine_refuses_is_forgotten);
    ADD(saving_a_temporary_group_reaches_the_store);
    ADD(stopping_answers_those_who_wait);
    ADD(each_edit_refuses_with_the_value);
    ADD(a_group_is_created_whole);
    ADD(members_and_addresses_come_and_go);
    ADD(an_address_has_one_home);
#undef ADD
    return g_test_run();
}
