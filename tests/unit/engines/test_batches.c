#include "base/clock.h"
#include "engines/place.h"
#include "store/jobs/writer.h"

#include <sched.h>
#include <stdatomic.h>

#include "base/banned.h"

/* What the writer makes one transaction of, on a server. */

struct insert {
    struct job job;
    int64_t n;
    uint64_t flow;
    int (*run)(struct job *job, struct db *db, struct err *err); /* NULL */
    void (*foresee)(struct job *job, struct db *db);             /* NULL */
    enum err_code code;
    int *left;
};

static int insert_run(struct job *job, struct db *db, struct err *err)
{
    const struct insert *insert = (const struct insert *)job;
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "INSERT INTO t (n) VALUES (?1)", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, insert->n);
    return db_run(&stmt, err);
}

static void insert_foresee(struct job *job, struct db *db)
{
    const struct insert *insert = (const struct insert *)job;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, "SELECT n FROM t WHERE n = ?1", &stmt, &err) < 0)
        return;
    db_bind_int(stmt, 1, insert->n);
    db_foresee(&stmt);
}

static void insert_done(struct job *job)
{
    struct insert *insert = (struct insert *)job;

    insert->code = job->err.code;
    --*insert->left;
}

static void wake(void *arg)
{
    atomic_bool *is_woken = arg;

    atomic_store(is_woken, true);
}

static void committed(void *arg, const char *outbox, size_t len)
{
    (void)arg;
    (void)outbox;
    (void)len;
}

/* All of them in one batch: the turn is another's until all wait. */
static void write_all(struct place *place, struct writer *writer,
                      struct jobs *jobs, struct insert *inserts, size_t count)
{
    int left = (int)count;
    struct err err = ERR_INIT;

    begin(place->db);
    for (size_t i = 0; i < count; i++) {
        struct insert *one = &inserts[i];

        one->job = (struct job){.run = one->run ? one->run : insert_run,
                                .foresee = one->foresee ? one->foresee
                                                        : insert_foresee,
                                .done = insert_done,
                                .flow = one->flow};
        one->left = &left;
        assert_int_equal(writer_submit(writer, &one->job, &err), 0);
    }
    db_abort(place->db);
    while (left > 0) {
        jobs_finish(jobs);
        sched_yield();
    }
}

/* Its failure shows late, so its neighbours fail with it, once. */
static void a_job_that_always_fails_fails_alone_the_next_time(void **state)
{
    struct place *place = *state;
    struct insert inserts[] = {{.n = 1}, {.n = 0}, {.n = 2}};
    struct jobs *jobs;
    struct writer *writer;
    atomic_bool is_woken = false;
    struct err err = ERR_INIT;

    exec(place->db, "CREATE TABLE t (n BIGINT PRIMARY KEY)");
    exec(place->db, "INSERT INTO t VALUES (0)");
    jobs = jobs_new(wake, &is_woken);
    assert_int_equal(
        writer_new(&writer, place->where, jobs, committed, NULL, 100, &err), 0);
    write_all(place, writer, jobs, inserts, ARRAY_LEN(inserts));
    for (size_t i = 0; i < ARRAY_LEN(inserts); i++)
        assert_int_equal(inserts[i].code, ERR_UNAVAILABLE);
    write_all(place, writer, jobs, inserts, ARRAY_LEN(inserts));
    assert_int_equal(inserts[0].code, ERR_NONE);
    assert_int_equal(inserts[1].code, ERR_CONFLICT);
    assert_int_equal(inserts[2].code, ERR_NONE);
    assert_int_equal(number(place->db, "SELECT SUM(n) FROM t"), 3);
    writer_free(writer);
    jobs_free(jobs);
}

static void bad_foresee(struct job *job, struct db *db)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    (void)job;
    if (db_prepare(db, "SELECT 1 / ?1", &stmt, &err) < 0)
        return;
    db_bind_int(stmt, 1, 0);
    db_foresee(&stmt);
}

/* It comes with the turn, which fails by it. */
static void what_is_foreseen_in_vain_fails_once(void **state)
{
    struct place *place = *state;
    struct insert inserts[] = {{.n = 1, .foresee = bad_foresee}, {.n = 2}};
    struct jobs *jobs;
    struct writer *writer;
    atomic_bool is_woken = false;
    struct err err = ERR_INIT;

    exec(place->db, "CREATE TABLE t (n BIGINT PRIMARY KEY)");
    jobs = jobs_new(wake, &is_woken);
    assert_int_equal(
        writer_new(&writer, place->where, jobs, committed, NULL, 100, &err), 0);
    write_all(place, writer, jobs, inserts, ARRAY_LEN(inserts));
    assert_int_equal(inserts[0].code, ERR_UNAVAILABLE);
    write_all(place, writer, jobs, inserts, 1);
    assert_int_equal(inserts[0].code, ERR_NONE);
    writer_free(writer);
    jobs_free(jobs);
}

static int long_run(struct job *job, struct db *db, struct err *err)
{
    clock_shift_us(CLOCK_S);
    return insert_run(job, db, err);
}

/* Rows are numbered as they are written. */
static struct writer_stats write_numbered(struct place *place,
                                          struct insert *inserts, size_t count)
{
    struct writer_stats stats;
    struct jobs *jobs;
    struct writer *writer;
    atomic_bool is_woken = false;
    struct err err = ERR_INIT;

    exec(place->db, "CREATE TABLE t (n BIGINT PRIMARY KEY, "
                    "at BIGINT GENERATED ALWAYS AS IDENTITY)");
    jobs = jobs_new(wake, &is_woken);
    assert_int_equal(
        writer_new(&writer, place->where, jobs, committed, NULL, 100, &err), 0);
    write_all(place, writer, jobs, inserts, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(inserts[i].code, ERR_NONE);
    assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t WHERE at = n"),
                     count);
    writer_get_stats(writer, &stats);
    writer_free(writer);
    jobs_free(jobs);
    clock_shift_us(-clock_shifted_us());
    return stats;
}

/* They were taken with it, and their turn is another one. */
static void
who_waits_behind_a_long_job_is_not_held_up_by_its_commit(void **state)
{
    struct place *place = *state;
    struct insert inserts[] = {
        {.n = 1}, {.n = 2, .run = long_run}, {.n = 3}, {.n = 4}};
    struct writer_stats stats =
        write_numbered(place, inserts, ARRAY_LEN(inserts));

    assert_int_equal(stats.batches, 2);
    assert_int_equal(stats.jobs, 4);
    assert_int_equal(stats.queue.len, 0);
    assert_int_equal(number(place->db, "SELECT COUNT(DISTINCT xmin::text) "
                                       "FROM t WHERE n <= 2"),
                     1);
}

static void long_foresee(struct job *job, struct db *db)
{
    clock_shift_us(CLOCK_S / 10);
    insert_foresee(job, db);
}

static void what_is_foreseen_costs_who_foresees_it(void **state)
{
    struct insert inserts[] = {{.n = 1, .flow = 3, .run = long_run},
                               {.n = 4, .flow = 1, .foresee = long_foresee},
                               {.n = 2, .flow = 2},
                               {.n = 3, .flow = 2}};
    struct writer_stats stats =
        write_numbered(*state, inserts, ARRAY_LEN(inserts));

    assert_int_equal(stats.batches, 2);
}

SUITE_OF(SERVER_ALONE, batches)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(a_job_that_always_fails_fails_alone_the_next_time),
        PLACE_TEST(who_waits_behind_a_long_job_is_not_held_up_by_its_commit),
        PLACE_TEST(what_is_foreseen_in_vain_fails_once),
        PLACE_TEST(what_is_foreseen_costs_who_foresees_it),
    };

    return cmocka_run_group_tests_name("batches", tests, NULL, NULL);
}
