#include "base/mem.h"
#include "world.h"
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void own_commits_reach_the_hub_at_once(void **state)
{
    struct world *w = *state;
    struct worker *worker = worker_start(w, 0, "e", NULL);
    struct scene_socket ann, bob, all;

    socket_live(&worker->scene, &ann, ANN, 0);
    socket_live(&worker->scene, &bob, BOB, 0);
    socket_live(&worker->scene, &all, 0, 0);
    world_commit(w, ANN);
    world_tell(w, worker);
    world_commit(w, BOB);
    world_tell(w, worker);
    world_tell(w, worker); /* what was seen is dropped */
    socket_expect(&ann, 0, 1);
    socket_expect(&bob, 0, 1);
    socket_expect(&all, 0, 2);
    assert_int_equal(worker_stats(worker).redis_up, -1);
    assert_int_equal(worker_stats(worker).published, 0);
}

static void a_look_finds_what_another_process_wrote(void **state)
{
    struct world *w = *state;
    struct worker *worker = worker_start(w, 0, "e", NULL);
    struct scene_socket ann, all;

    socket_live(&worker->scene, &ann, ANN, 0);
    socket_live(&worker->scene, &all, 0, 0);
    world_commit(w, ANN);
    world_commit(w, BOB);
    world_commit(w, ANN);
    socket_await(w, &ann, 0, 2);
    socket_await(w, &all, 0, 3);
    /* More than one look reads. */
    for (int i = 0; i < 1500; i++)
        world_commit(w, ANN);
    worker_await_look(worker);
    socket_expect(&ann, 2, 1502);
    socket_expect(&all, 3, 1503);
}

static bool has_no_hole(const struct worker *worker)
{
    int64_t after;

    return !hub_hole(worker->scene.hub, ANN, &after) &&
           !hub_hole(worker->scene.hub, 0, &after);
}

static void a_hole_is_filled_from_the_log(void **state)
{
    struct world *w = *state;
    struct worker *worker = worker_start(w, 0, "e", NULL);
    struct scene_socket ann, all;

    socket_live(&worker->scene, &ann, ANN, 0);
    socket_live(&worker->scene, &all, 0, 0);
    for (int i = 0; i < 1500; i++)
        world_commit(w, ANN);
    world_tell(w, worker); /* the last one alone */
    assert_int_equal(worker->scene.holes, 2);
    assert_false(subscription_is_current(ann.sub));
    world_until(w, has_no_hole, worker);
    socket_expect(&ann, 0, 1500);
    socket_expect(&all, 0, 1500);
}

/* The look has passed it, so only a repair finds it. */
static void what_memory_had_no_place_for_is_read_again(void **state)
{
    struct world *w = *state;
    struct worker *worker = worker_start(w, 0, "e", NULL);
    struct scene_socket ann, all;

    socket_live(&worker->scene, &ann, ANN, 0);
    socket_live(&worker->scene, &all, 0, 0);
    for (int64_t n = 1; n <= 6; n++) {
        world_commit(w, ANN);
        mem_fail_after((unsigned)n);
        world_tell(w, worker);
        mem_fail_after(0);
        world_until(w, has_no_hole, worker);
        socket_expect(&ann, n - 1, n);
        socket_expect(&all, n - 1, n);
    }
    assert_true(worker->scene.holes > 0);
    assert_true(worker_stats(worker).repairs > 0);
    assert_true(worker_stats(worker).repaired_events > 0);
}

static void a_log_that_was_pruned_is_skipped(void **state)
{
    struct world *w = *state;
    struct worker *worker = worker_start(w, 0, "e", NULL);
    struct hub_stats stats;
    struct scene_socket ann;

    socket_live(&worker->scene, &ann, ANN, 0);
    worker_await_look(worker); /* so that none reads what is pruned */
    for (int i = 0; i < 5; i++)
        world_commit(w, ANN);
    world_exec(w, "DELETE FROM event WHERE id <= 3");
    world_tell(w, worker);
    world_until(w, has_no_hole, worker);
    assert_int_equal(hub_position(worker->scene.hub, ANN), 5);
    hub_get_stats(worker->scene.hub, &stats);
    assert_int_equal(stats.skipped, 1);
    socket_read(&ann);
    assert_true(ann.lag);
    hub_join(ann.sub, 5, 5);
    /* Nothing of it is left at all. */
    for (int i = 0; i < 2; i++)
        world_commit(w, ANN);
    world_exec(w, "DELETE FROM event");
    socket_live(&worker->scene, &ann, ANN, 7); /* shows the hole */
    world_until(w, has_no_hole, worker);
    assert_int_equal(hub_position(worker->scene.hub, ANN), 7);
}

static void a_position_that_does_not_exist_is_not_waited_for(void **state)
{
    static const char lie[] = "E 9999 1 5000 new 5 {\"a\":1}\n";
    struct world *w = *state;
    struct worker *worker = worker_start(w, 0, "e", NULL);
    struct scene_socket ann;

    socket_live(&worker->scene, &ann, ANN, 0);
    relay_committed(worker->relay, lie, sizeof lie - 1);
    assert_false(subscription_is_current(ann.sub));
    world_until(w, has_no_hole, worker);
    assert_true(subscription_is_current(ann.sub));
    world_commit(w, ANN);
    world_tell(w, worker);
    socket_expect(&ann, 0, 1);
}

static void expect_controls(struct worker *worker, int64_t from, int64_t to)
{
    assert_int_equal(worker->control_count, to - from);
    for (int i = 0; i < worker->control_count; i++)
        assert_int_equal(worker->controls[i], from + 1 + i);
    worker->control_count = 0;
}

static bool has_two_controls(const struct worker *worker)
{
    return worker->control_count >= 2;
}

static void control_entries_are_told_once_and_in_order(void **state)
{
    struct world *w = *state;
    struct worker *worker;

    world_commit_control(w, 1); /* before it began */
    worker = worker_start(w, 0, "e", NULL);
    expect_controls(worker, 0, 0);
    world_commit_control(w, 2);
    world_tell(w, worker);
    expect_controls(worker, 1, 2);
    world_tell(w, worker);
    worker_await_look(worker);
    expect_controls(worker, 0, 0);
    /* The third is heard of behind the fourth. */
    world_commit_control(w, 3);
    world_commit_control(w, 4);
    world_tell(w, worker);
    expect_controls(worker, 0, 0);
    world_until(w, has_two_controls, worker);
    expect_controls(worker, 2, 4);
    world_commit_control(w, 5); /* by another process */
    world_commit_control(w, 6);
    world_until(w, has_two_controls, worker);
    expect_controls(worker, 4, 6);
    assert_int_equal(worker->rechecks, 0);
}

static bool has_rechecked(const struct worker *worker)
{
    return worker->rechecks > 0;
}

static void entries_that_expired_unread_lead_to_a_recheck(void **state)
{
    struct world *w = *state;
    struct worker *worker = worker_start(w, 0, "e", NULL);

    world_exec(w, "BEGIN IMMEDIATE;"
                  "INSERT INTO control (\"user\", kind, which, time) VALUES "
                  "(1, 'rights', 0, 1), (1, 'rights', 0, 1),"
                  "(1, 'rights', 0, 1);"
                  "DELETE FROM control WHERE id < 3; COMMIT");
    world_until(w, has_rechecked, worker);
    expect_controls(worker, 2, 3);
    assert_int_equal(worker->rechecks, 1);
}

static void what_comes_before_the_first_look_is_not_lost(void **state)
{
    struct world *w = *state;
    struct worker *worker = worker_begin(w, 0, "e", NULL);
    struct scene_socket ann;

    socket_live(&worker->scene, &ann, ANN, 0);
    world_commit_control(w, 1);
    world_tell(w, worker);
    expect_controls(worker, 0, 0);
    for (int i = 0; i < 3; i++)
        world_commit(w, ANN);
    worker_await_look(worker);
    socket_await(w, &ann, 0, 3);
    expect_controls(worker, 0, 1);
    assert_int_equal(worker->rechecks, 1);
}

static void await_looks(struct worker *worker, int count)
{
    int64_t looks = worker_stats(worker).looks + count;

    while (worker_stats(worker).looks < looks)
        uv_run(&worker->world->loop, UV_RUN_ONCE);
}

static void a_database_that_fails_for_a_while(void **state)
{
    struct world *w = *state;
    struct worker *worker = worker_start(w, 0, "e", NULL);
    struct scene_socket ann;
    int64_t looked_us;

    socket_live(&worker->scene, &ann, ANN, 0);
    world_commit(w, ANN);
    world_exec(w, "ALTER TABLE event RENAME TO event_away");
    await_looks(worker, 2); /* one may have been under way */
    looked_us = relay_looked_us(worker->relay);
    await_looks(worker, 3);
    assert_int_equal(relay_looked_us(worker->relay), looked_us);
    world_exec(w, "ALTER TABLE event_away RENAME TO event");
    socket_await(w, &ann, 0, 1);
    worker_await_look(worker);
}

static void it_ends_with_jobs_under_way(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 20; i++) {
        struct worker *worker = worker_begin(w, 0, "e", NULL);
        struct scene_socket ann;

        socket_live(&worker->scene, &ann, ANN, i);
        world_commit(w, ANN);
        world_commit(w, ANN);
        world_tell(w, worker);
        for (int n = 0; n < i; n++) {
            relay_look(worker->relay);
            uv_run(&w->loop, UV_RUN_NOWAIT);
        }
        worker_stop(worker);
        uv_run(&w->loop, UV_RUN_NOWAIT);
    }
}

static void a_bad_url_stops_the_start_and_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct relay_config config = {
        .loop = &w->loop, .epoch = "e", .redis_urls = "http://nowhere"};
    struct relay *relay = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(relay_new(&relay, &config, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_null(relay);
    relay_free(NULL);
    for (unsigned n = 1; n <= 2; n++) {
        err_clear(&err);
        mem_fail_after(n);
        assert_int_equal(relay_new(&relay, &config, &err), -1);
        mem_fail_after(0);
        assert_int_equal(err.code, ERR_NOMEM);
    }
}

SUITE(relay)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(own_commits_reach_the_hub_at_once),
        WORLD_TEST(a_look_finds_what_another_process_wrote),
        WORLD_TEST(a_hole_is_filled_from_the_log),
        WORLD_TEST(what_memory_had_no_place_for_is_read_again),
        WORLD_TEST(a_log_that_was_pruned_is_skipped),
        WORLD_TEST(a_position_that_does_not_exist_is_not_waited_for),
        WORLD_TEST(control_entries_are_told_once_and_in_order),
        WORLD_TEST(entries_that_expired_unread_lead_to_a_recheck),
        WORLD_TEST(what_comes_before_the_first_look_is_not_lost),
        WORLD_TEST(a_database_that_fails_for_a_while),
        WORLD_TEST(it_ends_with_jobs_under_way),
        WORLD_TEST(a_bad_url_stops_the_start_and_leaves_nothing),
    };

    return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
