#include "base/log.h"
#include "support/suite.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

/* What a test writes to standard error goes into a pipe, whose other end is
 * read when the test says so. */
struct world {
    int saved;
    int fd;     /* to be read */
    FILE *file; /* of it */
};

static int set_up(void **state)
{
    static struct world world;
    int fds[2];

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    world.saved = dup(STDERR_FILENO);
    assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
    close(fds[1]);
    world.fd = fds[0];
    world.file = fdopen(fds[0], "re");
    assert_non_null(world.file);
    *state = &world;
    return 0;
}

static void end_pipe(const struct world *world)
{
    assert_true(dup2(world->saved, STDERR_FILENO) >= 0);
}

static int tear_down(void **state)
{
    struct world *world = *state;

    end_pipe(world);
    close(world->saved);
    return fclose(world->file);
}

static void start(void)
{
    struct err err = ERR_INIT;

    assert_int_equal(log_start(&err), 0);
}

/* The number behind "n=" of the next line, or -1 at the end of the pipe. */
static long long next_number(const struct world *world)
{
    char line[4096];
    const char *at;

    if (!fgets(line, sizeof(line), world->file))
        return -1;
    at = strstr(line, " n=");
    assert_non_null(at);
    return strtoll(at + 3, NULL, 10);
}

static void lines_come_in_the_order_they_were_written(void **state)
{
    const struct world *world = *state;

    start();
    for (int i = 0; i < 500; i++)
        log_info("test", "n=%d", i);
    assert_int_equal(log_stop(60000), 0);
    log_info("test", "n=500"); /* at once, as before */
    end_pipe(world);
    for (int i = 0; i <= 500; i++)
        assert_int_equal(next_number(world), i);
    assert_int_equal(next_number(world), -1);
    assert_int_equal(log_dropped(), 0);
}

#define THREADS 4
#define LINES 2000

static void *write_many(void *arg)
{
    for (int i = 0; i < LINES; i++)
        log_info("test", "n=%d", *(const int *)arg * LINES + i);
    return NULL;
}

static void *read_all(void *arg)
{
    const struct world *world = arg;
    static int next[THREADS];
    long long number;

    memset(next, 0, sizeof(next));
    while ((number = next_number(world)) >= 0) {
        int *expected = &next[number / LINES];

        assert_int_equal(number % LINES, *expected);
        (*expected)++;
    }
    return next;
}

static void lines_of_threads_are_whole_and_each_ones_in_order(void **state)
{
    static const int numbers[THREADS] = {0, 1, 2, 3};
    pthread_t threads[THREADS];
    pthread_t reader;
    void *counts;

    start();
    assert_int_equal(pthread_create(&reader, NULL, read_all, *state), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many,
                                        (void *)(uintptr_t)&numbers[i]),
                         0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(log_stop(60000), 0);
    end_pipe(*state);
    pthread_join(reader, &counts);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(((int *)counts)[i], LINES);
}

/* Until one was dropped: a pipe and the queue are full. Returns how many. */
static int fill(void)
{
    int64_t before = log_dropped();
    int count = 0;

    while (log_dropped() == before)
        log_info("test", "n=%d fill=%0500d", count++, 0);
    return count;
}

static void a_full_pipe_holds_nobody_up_and_what_is_lost_is_told(void **state)
{
    const struct world *world = *state;
    int64_t before = log_dropped();
    int count;
    char line[4096];
    const char *told;

    start();
    count = fill();
    assert_true(count > 1000);
    for (int i = 0; i < 10; i++)
        log_error("test", "n=%d", count + i);
    assert_int_equal(log_dropped() - before, 11);
    for (int i = 0; i < count - 1; i++)
        assert_int_equal(next_number(world), i);
    assert_non_null(fgets(line, sizeof(line), world->file));
    told = strstr(line, " warn log.dropped text=");
    assert_non_null(told);
    assert_string_equal(told,
                        " warn log.dropped text=\"11 lines were dropped\"\n");
    log_info("test", "n=7");
    assert_int_equal(next_number(world), 7);
    assert_int_equal(log_dropped() - before, 11);
    assert_int_equal(log_stop(60000), 0);
}

/* Runs fn in a process of its own, which does not come back from it; its exit
 * status, or minus the signal. Nobody reads the pipe meanwhile. */
static int apart(void (*fn)(void))
{
    const struct rlimit none = {0, 0};
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &none);
        fn();
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void stop_while_stuck(void)
{
    struct err err = ERR_INIT;

    if (log_start(&err) < 0)
        _exit(1);
    fill();
    if (log_stop(1) != -1 || log_stop(1) != -1)
        _exit(2);
    log_error("test", "n=%d", 0);
    _exit(0);
}

static void the_end_waits_no_longer_than_it_was_told(void **state)
{
    (void)state;
    assert_int_equal(apart(stop_while_stuck), 0);
}

static void write_and_abort(void)
{
    struct err err = ERR_INIT;

    if (log_start(&err) < 0)
        _exit(1);
    for (int i = 0; i < 200; i++)
        log_info("test", "n=%d", i);
    abort();
}

static void a_crash_lets_the_last_lines_out(void **state)
{
    const struct world *world = *state;

    assert_int_equal(apart(write_and_abort), -SIGABRT);
    end_pipe(world);
    for (int i = 0; i < 200; i++)
        assert_int_equal(next_number(world), i);
    assert_int_equal(next_number(world), -1);
}

static void write_as_child(void)
{
    struct err err = ERR_INIT;

    log_info("test", "n=%d", 1); /* by itself */
    if (log_start(&err) < 0)
        _exit(1);
    log_info("test", "n=%d", 2);
    _exit(log_stop(60000) < 0);
}

static void a_forked_process_has_a_log_of_its_own(void **state)
{
    const struct world *world = *state;

    start();
    log_info("test", "n=%d", 0);
    assert_int_equal(next_number(world), 0);
    assert_int_equal(apart(write_as_child), 0);
    log_info("test", "n=%d", 3);
    assert_int_equal(log_stop(60000), 0);
    end_pipe(world);
    for (int i = 1; i < 4; i++)
        assert_int_equal(next_number(world), i);
    assert_int_equal(next_number(world), -1);
}

static void a_disk_that_is_full_ends_nothing(void **state)
{
    int64_t before = log_dropped();
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    close(fd);
    start();
    log_error("test", "n=%d", 0);
    assert_int_equal(log_stop(60000), 0);
    assert_int_equal(log_dropped() - before, 1);
}

SUITE(log_queue)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            lines_come_in_the_order_they_were_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            lines_of_threads_are_whole_and_each_ones_in_order, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            a_full_pipe_holds_nobody_up_and_what_is_lost_is_told, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            the_end_waits_no_longer_than_it_was_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crash_lets_the_last_lines_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_forked_process_has_a_log_of_its_own,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_is_full_ends_nothing,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests_name("log_queue", tests, NULL, NULL);
}
