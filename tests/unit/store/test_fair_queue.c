#include "store/jobs/fair_queue.h"
#include "store/scratch.h"

#include "base/banned.h"

#define GREEDY 7
#define MODEST 8
#define JOBS 2000

struct world {
    struct fair_queue queue;
    struct job jobs[JOBS];
    size_t used;
};

static struct world world;

static void begin(size_t max, size_t threads)
{
    struct err err = ERR_INIT;

    world = (struct world){.used = 0};
    assert_int_equal(fair_queue_init(&world.queue, max, threads, &err), 0);
}

static enum err_code put(uint64_t flow, struct job **job, struct job **dropped)
{
    struct err err = ERR_INIT;

    *job = &world.jobs[world.used++];
    (*job)->flow = flow;
    (*job)->submitted_us = (int64_t)world.used;
    if (fair_queue_put(&world.queue, *job, dropped, &err) < 0)
        return err.code;
    return ERR_NONE;
}

static struct job *add(uint64_t flow)
{
    struct job *dropped;
    struct job *job;

    assert_int_equal(put(flow, &job, &dropped), ERR_NONE);
    assert_null(dropped);
    return job;
}

/* Whose it was. */
static uint64_t serve(int64_t cost_us)
{
    struct job *job = fair_queue_take(&world.queue);

    assert_non_null(job);
    fair_queue_finish(&world.queue, job->flow, cost_us, 0);
    return job->flow;
}

static void empty(void)
{
    while (world.queue.len)
        serve(1);
    assert_null(world.queue.flows);
    fair_queue_release(&world.queue);
}

static void who_comes_later_does_not_wait_for_all_of_another(void **state)
{
    (void)state;
    begin(JOBS, 1);
    for (int i = 0; i < 1000; i++)
        add(GREEDY);
    assert_int_equal(serve(100), GREEDY);
    add(MODEST);
    assert_int_equal(serve(100), MODEST);
    add(MODEST);
    /* Each in turn, as both have had as much. */
    assert_int_equal(serve(100) + serve(100), GREEDY + MODEST);
    empty();
}

static void dear_jobs_make_turns_rare(void **state)
{
    int64_t spent[MODEST + 1] = {0};

    (void)state;
    begin(JOBS, 1);
    for (int i = 0; i < 500; i++) {
        add(GREEDY);
        add(MODEST);
    }
    for (int i = 0; i < 300; i++) {
        struct job *job = fair_queue_take(&world.queue);
        int64_t cost_us = job->flow == GREEDY ? 1000 : 10;

        fair_queue_finish(&world.queue, job->flow, cost_us, 0);
        spent[job->flow] += cost_us;
    }
    assert_in_range(spent[MODEST], 1000, 4000);
    assert_in_range(spent[GREEDY], spent[MODEST] - 1100, spent[MODEST] + 1100);
    empty();
}

static void what_was_used_is_not_held_against_one_for_long(void **state)
{
    int turns = 0;

    (void)state;
    begin(JOBS, 1);
    add(GREEDY);
    add(MODEST);
    /* Somebody always waits. */
    add(MODEST);
    assert_int_equal(serve(3600 * INT64_C(1000000)), GREEDY);
    assert_int_equal(serve(1000), MODEST);
    add(GREEDY);
    for (int i = 0; i < 1400; i++)
        add(MODEST);
    while (serve(1000) != GREEDY)
        turns++;
    assert_in_range(turns, 1, 1100);
    empty();
}

static struct job *take_for(int64_t cost_us)
{
    struct job *job = fair_queue_take(&world.queue);

    assert_non_null(job);
    fair_queue_charge(&world.queue, job->flow, cost_us);
    return job;
}

/* Many are taken before the first has run. */
static void what_jobs_will_cost_counts_as_they_are_taken(void **state)
{
    struct job *taken[6];

    (void)state;
    begin(JOBS, JOBS);
    for (int i = 0; i < 5; i++)
        add(GREEDY);
    for (int i = 0; i < 3; i++)
        add(MODEST);
    for (int i = 0; i < 6; i++) {
        taken[i] = take_for(100);
        assert_int_equal(taken[i]->flow, i % 2 ? MODEST : GREEDY);
    }
    /* The last two did not run: they are the first again. */
    fair_queue_give_back(&world.queue, taken[5], 100);
    fair_queue_give_back(&world.queue, taken[4], 100);
    assert_int_equal(world.queue.len, 4);
    /* And one cost far less than was thought. */
    fair_queue_finish(&world.queue, MODEST, -90, 0);
    for (int i = 0; i < 2; i++)
        fair_queue_finish(&world.queue, GREEDY, 0, 0);
    fair_queue_finish(&world.queue, MODEST, 0, 0);
    assert_ptr_equal(take_for(1), taken[5]);
    assert_ptr_equal(take_for(1), taken[4]);
    fair_queue_finish(&world.queue, MODEST, 0, 0);
    fair_queue_finish(&world.queue, GREEDY, 0, 0);
    empty();
}

static void what_is_borrowed_leaves_all_as_it_was(void **state)
{
    struct job *jobs[4];
    uint64_t places[4];

    (void)state;
    begin(JOBS, JOBS);
    for (int i = 0; i < 2; i++)
        add(GREEDY);
    assert_int_equal(serve(1000), GREEDY);
    for (int i = 0; i < 3; i++)
        add(MODEST);
    for (int i = 0; i < 4; i++) {
        jobs[i] = fair_queue_borrow(&world.queue, &places[i]);
        assert_int_equal(jobs[i]->flow, i < 3 ? MODEST : GREEDY);
        assert_int_equal(world.queue.len, 3 - i);
    }
    assert_null(fair_queue_borrow(&world.queue, &places[0]));
    /* Who comes meanwhile has had no more than who waited. */
    add(MODEST + 1);
    for (int i = 4; i-- > 0;)
        fair_queue_return(&world.queue, jobs[i], places[i]);
    assert_int_equal(world.queue.len, 5);
    assert_ptr_equal(take_for(10), jobs[0]);
    assert_int_equal(take_for(10)->flow, MODEST + 1);
    assert_ptr_equal(take_for(10), jobs[1]);
    fair_queue_finish(&world.queue, MODEST, 0, 0);
    fair_queue_finish(&world.queue, MODEST, 0, 0);
    fair_queue_finish(&world.queue, MODEST + 1, 0, 0);
    empty();
}

/* More than wait at most may be ready then. */
static void what_is_given_back_has_room(void **state)
{
    struct job *taken[4];

    (void)state;
    begin(4, 4);
    for (uint64_t flow = 1; flow <= 4; flow++)
        add(flow);
    for (int i = 0; i < 4; i++)
        taken[i] = take_for(1);
    for (uint64_t flow = 5; flow <= 8; flow++)
        add(flow);
    for (int i = 4; i-- > 0;)
        fair_queue_give_back(&world.queue, taken[i], 1);
    assert_int_equal(world.queue.ready_count, 8);
    for (int i = 0; i < 4; i++)
        serve(1);
    assert_int_equal(world.queue.len, 4);
    empty();
}

static void a_thread_is_left_for_the_others(void **state)
{
    struct job *first;
    struct job *second;

    (void)state;
    begin(JOBS, 3);
    for (int i = 0; i < 4; i++)
        add(GREEDY);
    first = fair_queue_take(&world.queue);
    second = fair_queue_take(&world.queue);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(fair_queue_take(&world.queue));
    add(MODEST);
    assert_int_equal(serve(1), MODEST);
    assert_null(fair_queue_take(&world.queue));
    fair_queue_finish(&world.queue, first->flow, 1, 0);
    assert_int_equal(serve(1), GREEDY);
    fair_queue_finish(&world.queue, second->flow, 1, 0);
    empty();
}

static void a_full_queue_makes_room_by_the_newest_of_the_largest(void **state)
{
    struct job *newest = NULL;
    struct job *dropped;
    struct job *job;

    (void)state;
    begin(8, 1);
    for (int i = 0; i < 4; i++)
        newest = add(GREEDY);
    for (int i = 0; i < 4; i++)
        add(MODEST);
    assert_int_equal(put(MODEST, &job, &dropped), ERR_UNAVAILABLE);
    assert_int_equal(put(MODEST + 1, &job, &dropped), ERR_NONE);
    assert_ptr_equal(dropped, newest);
    assert_int_equal(world.queue.len, 8);
    empty();
}

static void one_flow_has_a_bound_of_its_own(void **state)
{
    struct job *dropped;
    struct job *job;

    (void)state;
    begin(8, 1);
    for (int i = 0; i < 6; i++)
        add(GREEDY);
    assert_int_equal(put(GREEDY, &job, &dropped), ERR_THROTTLED);
    /* The program's own has none. */
    empty();
    begin(8, 1);
    for (int i = 0; i < 8; i++)
        add(0);
    assert_int_equal(put(0, &job, &dropped), ERR_UNAVAILABLE);
    empty();
}

static void one_that_waits_can_be_taken_back(void **state)
{
    struct job *jobs[3];
    struct job *taken;

    (void)state;
    begin(8, 1);
    for (int i = 0; i < 3; i++)
        jobs[i] = add(GREEDY);
    taken = fair_queue_take(&world.queue);
    assert_ptr_equal(taken, jobs[0]);
    assert_false(fair_queue_remove(&world.queue, jobs[0]));
    assert_true(fair_queue_remove(&world.queue, jobs[1]));
    assert_false(fair_queue_remove(&world.queue, jobs[1]));
    fair_queue_finish(&world.queue, GREEDY, 1, 0);
    assert_ptr_equal(fair_queue_take(&world.queue), jobs[2]);
    fair_queue_finish(&world.queue, GREEDY, 1, 0);
    empty();
}

static void members_of_one_flow_take_turns(void **state)
{
    struct err err = ERR_INIT;
    struct job *dropped;
    uint64_t served[6];
    /* Two of one member, then the first of another, and so on. */
    static const uint64_t members[] = {1, 1, 1, 2, 2, 3};

    (void)state;
    begin(JOBS, 1);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        struct job *job = &world.jobs[world.used++];

        job->flow = GREEDY;
        job->member = members[i];
        assert_int_equal(fair_queue_put(&world.queue, job, &dropped, &err), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        struct job *job = fair_queue_take(&world.queue);

        served[i] = job->member;
        fair_queue_finish(&world.queue, job->flow, 1, 0);
    }
    assert_memory_equal(served, ((uint64_t[]){1, 2, 3, 1, 2, 1}),
                        sizeof(served));
    empty();
}

static void what_waited_too_long_leaves_and_so_do_idle_flows(void **state)
{
    struct job *job;
    int left = 0;

    (void)state;
    begin(JOBS, 1);
    for (uint64_t flow = 1; flow <= 100; flow++)
        add(flow);
    for (int i = 0; i < 50; i++)
        serve(1000);
    job = fair_queue_expire(&world.queue, 80, 0);
    for (; job; job = job->next)
        left++;
    assert_int_equal(left, 30);
    assert_int_equal(world.queue.len, 20);
    assert_null(fair_queue_expire(&world.queue, 3600 * INT64_C(1000000),
                                  3601 * INT64_C(1000000)));
    assert_int_equal(world.queue.len, 20);
    assert_int_equal(world.queue.ready_count, 20);
    /* All of them, and then it goes on. */
    for (job = fair_queue_expire(&world.queue, 200, 0); job; job = job->next)
        left++;
    assert_int_equal(left, 50);
    add(GREEDY);
    empty();
}

/* Against a plain list of the same jobs. */
static void no_job_is_lost_or_served_twice(void **state)
{
    unsigned seed = 1;
    size_t served = 0;
    size_t removed = 0;

    (void)state;
    begin(JOBS, 4);
    while (world.used < JOBS) {
        seed = seed * 1103515245 + 12345;
        switch (seed >> 16 & 3) {
        case 0:
        case 1: add(seed >> 20 & 15); break;
        case 2:
            if (world.queue.ready_count) {
                serve(seed >> 20 & 255);
                served++;
            }
            break;
        default:
            if (world.used)
                removed += fair_queue_remove(
                    &world.queue, &world.jobs[(seed >> 18) % world.used]);
        }
        assert_int_equal(world.queue.len, world.used - served - removed);
    }
    while (world.queue.len) {
        serve(1);
        served++;
    }
    assert_int_equal(served + removed, JOBS);
    empty();
}

SUITE(fair_queue)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_later_does_not_wait_for_all_of_another),
        cmocka_unit_test(dear_jobs_make_turns_rare),
        cmocka_unit_test(what_was_used_is_not_held_against_one_for_long),
        cmocka_unit_test(what_jobs_will_cost_counts_as_they_are_taken),
        cmocka_unit_test(what_is_given_back_has_room),
        cmocka_unit_test(what_is_borrowed_leaves_all_as_it_was),
        cmocka_unit_test(a_thread_is_left_for_the_others),
        cmocka_unit_test(a_full_queue_makes_room_by_the_newest_of_the_largest),
        cmocka_unit_test(one_flow_has_a_bound_of_its_own),
        cmocka_unit_test(one_that_waits_can_be_taken_back),
        cmocka_unit_test(members_of_one_flow_take_turns),
        cmocka_unit_test(what_waited_too_long_leaves_and_so_do_idle_flows),
        cmocka_unit_test(no_job_is_lost_or_served_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
