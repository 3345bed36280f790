#include "support/suite.h"

#include "metrics/figures.h"

#include "base/banned.h"

#define MS INT64_C(1000)

static int open_slots(void **state)
{
    *state = metrics_map(2);
    return *state ? 0 : -1;
}

static int close_slots(void **state)
{
    metrics_unmap(*state, 2);
    return 0;
}

static void request(struct metrics *slot, int times, int64_t us)
{
    for (int i = 0; i < times; i++)
        metrics_request(slot, (size_t)i % 3, 200, us);
}

static void rates_are_of_the_last_seconds_and_of_all_workers(void **state)
{
    struct metrics *slots = *state;
    struct figures figures;

    for (int64_t second = 1000; second <= 1100; second++) {
        /* Busy at first, then 20 and 5 a second. */
        request(&slots[0], second < 1080 ? 300 : 20, MS);
        request(&slots[1], 5, MS);
        metrics_add(&slots[0], METRIC_COMMIT_JOBS, 7);
        metrics_add(&slots[1], METRIC_EVENTS_COMMITTED, 3);
        figures_sample(&slots[0], second);
        figures_sample(&slots[1], second);
    }
    metrics_set(&slots[0], METRIC_SOCKETS, 4);
    metrics_set(&slots[1], METRIC_SOCKETS, 6);
    figures_read(slots, 2, 1100, &figures);
    assert_int_equal(figures.workers, 2);
    assert_int_equal(figures.sockets, 10);
    assert_true(figures.requests_per_s > 24.9 && figures.requests_per_s < 25.1);
    assert_true(figures.writes_per_s > 6.9 && figures.writes_per_s < 7.1);
    assert_true(figures.events_per_s > 2.9 && figures.events_per_s < 3.1);
}

static void percentiles_are_of_the_last_minute(void **state)
{
    struct metrics *slots = *state;
    struct figures figures;

    /* Long ago everything was slow. */
    request(&slots[0], 100000, 900 * MS);
    for (int64_t second = 1; second <= 200; second++) {
        request(&slots[0], 98, 2 * MS);
        request(&slots[1], 2, 200 * MS);
        figures_sample(&slots[0], second);
        figures_sample(&slots[1], second);
    }
    figures_read(slots, 2, 201, &figures);
    assert_true(figures.request.is_known);
    /* Between the bounds of a bucket: 1 to 2.5 ms, 100 to 250 ms. */
    assert_true(figures.request.p50_ms > 1 && figures.request.p50_ms < 2.5);
    assert_true(figures.request.p99_ms > 100 && figures.request.p99_ms < 250);
    assert_false(figures.delivery.is_known);

    metrics_pass(&slots[1], HOP_COMMIT, 700);
    metrics_pass(&slots[1], HOP_RELAY, -5);
    metrics_pass(&slots[1], HOP_RELAY, 60000 * MS);
    metrics_pass(&slots[1], HOP_SOCKET, 40);
    figures_sample(&slots[1], 201);
    figures_read(slots, 2, 201, &figures);
    assert_true(figures.delivery.is_known);
    assert_true(figures.delivery.p50_ms > 0.5 && figures.delivery.p50_ms <= 1);
    assert_true(figures.delivery.p99_ms > 4999 &&
                figures.delivery.p99_ms < 5001);
    assert_true(figures.hops[HOP_COMMIT].p99_ms > 0.5 &&
                figures.hops[HOP_COMMIT].p99_ms <= 1);
    assert_true(figures.hops[HOP_SOCKET].p50_ms > 0.025 &&
                figures.hops[HOP_SOCKET].p50_ms <= 0.05);
    assert_false(figures.hops[HOP_ENGINE].is_known);
}

static void a_worker_that_stopped_is_left_out(void **state)
{
    struct metrics *slots = *state;
    struct figures figures;

    for (int64_t second = 1; second <= 20; second++) {
        request(&slots[0], 10, MS);
        request(&slots[1], 10, MS);
        figures_sample(&slots[0], second);
        if (second < 15)
            figures_sample(&slots[1], second);
    }
    figures_read(slots, 2, 20, &figures);
    assert_int_equal(figures.workers, 1);
    assert_true(figures.requests_per_s > 9.9 && figures.requests_per_s < 10.1);
    figures_read(slots, 2, 60, &figures);
    assert_int_equal(figures.workers, 0);
    assert_true(figures.requests_per_s < 0.1);
    assert_false(figures.request.is_known);
}

static void a_successor_that_counts_anew_makes_no_negative_rate(void **state)
{
    struct metrics *slots = *state;
    struct figures figures;

    metrics_set(&slots[0], METRIC_COMMIT_JOBS, 1000000);
    figures_sample(&slots[0], 5);
    metrics_set(&slots[0], METRIC_COMMIT_JOBS, 50);
    figures_sample(&slots[0], 10);
    figures_read(slots, 2, 10, &figures);
    assert_true(figures.writes_per_s > 9.9 && figures.writes_per_s < 10.1);
}

static void nothing_is_known_before_the_second_sample(void **state)
{
    struct metrics *slots = *state;
    struct figures figures;

    figures_read(slots, 2, 1, &figures);
    assert_int_equal(figures.workers, 0);
    request(&slots[0], 10, MS);
    figures_sample(&slots[0], 1);
    figures_read(slots, 2, 1, &figures);
    assert_int_equal(figures.workers, 1);
    assert_true(figures.requests_per_s < 0.1);
    assert_false(figures.request.is_known);
}

static void what_hashes_a_password_counts_apart(void **state)
{
    struct metrics *slots = *state;
    struct figures figures;

    for (int64_t second = 1; second <= 20; second++) {
        request(&slots[0], 90, 2 * MS);
        for (int i = 0; i < 10; i++) {
            metrics_request(&slots[0], 1, 200, 300 * MS);
            metrics_request_apart(&slots[0], 300 * MS);
        }
        figures_sample(&slots[0], second);
    }
    figures_read(slots, 2, 20, &figures);
    assert_true(figures.request.p99_ms < 2.6);
    assert_true(figures.requests_per_s > 99 && figures.requests_per_s < 101);
}

static void the_last_hour_is_there_step_by_step(void **state)
{
    struct metrics *slots = *state;
    struct figures_step steps[FIGURES_STEPS];
    const struct figures_step *last = &steps[FIGURES_STEPS - 1];

    figures_read_hour(slots, 2, 10000, steps);
    assert_int_equal(last->workers, 0);
    assert_int_equal(steps[0].second, last->second - 239 * FIGURES_STEP_S);
    /* An hour and a half; the second worker came late, and skips seconds. */
    for (int64_t second = 10000; second < 15400; second++) {
        request(&slots[0], second < 15000 ? 10 : 20, 2 * MS);
        metrics_add(&slots[0], METRIC_EVENTS_COMMITTED, 3);
        metrics_set(&slots[0], METRIC_SOCKETS, second);
        figures_sample(&slots[0], second);
        if (second < 14000)
            continue;
        request(&slots[1], 5, 200 * MS);
        metrics_pass(&slots[1], HOP_RELAY, 2 * MS);
        metrics_set(&slots[1], METRIC_SOCKETS, 7);
        if (second % 4 != 1)
            figures_sample(&slots[1], second);
    }
    figures_read_hour(slots, 2, 15399, steps);
    assert_int_equal(last->second, 15390);
    assert_int_equal(last->workers, 2);
    assert_int_equal(last->sockets, 15390 + 7);
    assert_true(last->requests_per_s > 24 && last->requests_per_s < 26);
    assert_true(last->events_per_s > 2.9 && last->events_per_s < 3.1);
    assert_true(last->request.p99_ms > 100 && last->delivery.p99_ms < 2.6);
    for (int i = 0; i < FIGURES_STEPS; i++) {
        bool both = steps[i].second >= 14010;

        assert_int_equal(steps[i].workers, both ? 2 : 1);
        assert_int_equal(steps[i].delivery.is_known, both);
        assert_true(both || steps[i].request.p99_ms < 2.6);
    }
    /* It is over: nothing is made up. */
    figures_read_hour(slots, 2, 15399 + 3600, steps);
    assert_int_equal(steps[0].workers, 0);
    assert_int_equal(last->workers, 0);
}

SUITE(figures)
{
#define ON_SLOTS(test)                                                         \
    cmocka_unit_test_setup_teardown(test, open_slots, close_slots)
    const struct CMUnitTest tests[] = {
        ON_SLOTS(rates_are_of_the_last_seconds_and_of_all_workers),
        ON_SLOTS(percentiles_are_of_the_last_minute),
        ON_SLOTS(a_worker_that_stopped_is_left_out),
        ON_SLOTS(a_successor_that_counts_anew_makes_no_negative_rate),
        ON_SLOTS(nothing_is_known_before_the_second_sample),
        ON_SLOTS(what_hashes_a_password_counts_apart),
        ON_SLOTS(the_last_hour_is_there_step_by_step),
    };

    return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
