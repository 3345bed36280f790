#include "store/jobs/job.h"
#include "store/scratch.h"

#include "base/banned.h"

/* What happens to three jobs. */
struct three {
    struct job jobs[3];
    size_t done;
    size_t woken;
};

static struct three three;

static int run_never(struct job *job, struct db *db, struct err *err)
{
    (void)job;
    (void)db;
    return err_set(err, ERR_INTERNAL, "ran");
}

static void check_order(struct job *job)
{
    assert_ptr_equal(job, &three.jobs[three.done]);
    three.done++;
}

static void count_wake(void *arg)
{
    struct three *of = arg;

    of->woken++;
}

static int open_three(void **state)
{
    (void)state;
    three = (struct three){.done = 0};
    for (size_t i = 0; i < ARRAY_LEN(three.jobs); i++)
        three.jobs[i] = (struct job){.run = run_never, .done = check_order};
    return 0;
}

static void finished_jobs_keep_their_order(void **state)
{
    struct jobs *jobs = jobs_new(count_wake, &three);

    (void)state;
    jobs_enable_wake(jobs, true);
    three.jobs[0].next = &three.jobs[1];
    jobs_hand_over(jobs, &three.jobs[0]);
    jobs_hand_over(jobs, &three.jobs[2]);
    jobs_hand_over(jobs, NULL);
    assert_int_equal(three.done, 0);
    assert_int_equal(jobs_finish(jobs), 3);
    assert_int_equal(three.done, 3);
    assert_int_equal(jobs_finish(jobs), 0);
    jobs_free(jobs);
}

static void it_wakes_when_it_stops_being_empty(void **state)
{
    struct jobs *jobs = jobs_new(count_wake, &three);

    (void)state;
    jobs_hand_over(jobs, &three.jobs[0]);
    assert_int_equal(three.woken, 0);
    jobs_enable_wake(jobs, true);
    assert_int_equal(three.woken, 1);
    jobs_hand_over(jobs, &three.jobs[1]);
    assert_int_equal(three.woken, 1);
    assert_int_equal(jobs_finish(jobs), 2);
    jobs_hand_over(jobs, &three.jobs[2]);
    assert_int_equal(three.woken, 2);
    jobs_enable_wake(jobs, false);
    assert_int_equal(three.woken, 2);
    jobs_free(jobs); /* finishes the last one */
    assert_int_equal(three.done, 3);
    jobs_free(NULL);
}

SUITE(jobs)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(finished_jobs_keep_their_order, open_three),
        cmocka_unit_test_setup(it_wakes_when_it_stops_being_empty, open_three),
    };

    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
