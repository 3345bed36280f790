#include "base/mem.h"
#include "store/scratch.h"
#include "store/sqlite/turn.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

#define TURNS 200

/* Shared by the processes of a test. */
struct tally {
    atomic_int count;
    atomic_char who[2 * TURNS];
    atomic_bool is_held;
};

static struct tally *tally_new(void)
{
    void *memory = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

/* Until another waits for its turn: then it holds the lock of who is next. */
static void wait_for_another(int fd)
{
    struct flock range;

    do {
        range = (struct flock){
            .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
        sched_yield();
        if (fcntl(fd, F_OFD_GETLK, &range) < 0)
            _exit(4);
    } while (range.l_type == F_UNLCK);
}

static void take_turns(const char *path, const char *lock_path, char who,
                       struct tally *tally)
{
    struct err err = ERR_INIT;
    struct turn *turn = NULL;
    int fd = open(lock_path, O_RDWR | O_CREAT, 0644);

    if (fd < 0 || turn_open(&turn, path, &err) < 0)
        _exit(1);
    for (int i = 0; i < TURNS; i++) {
        if (turn_take(turn, &err) < 0)
            _exit(2);
        if (atomic_exchange(&tally->is_held, true))
            _exit(3);
        tally->who[atomic_fetch_add(&tally->count, 1)] = who;
        if (i < TURNS - 1)
            wait_for_another(fd);
        atomic_store(&tally->is_held, false);
        turn_give(turn);
    }
    _exit(0);
}

static void two_processes_alternate(void **state)
{
    struct scratch *s = *state;
    struct tally *tally = tally_new();
    pid_t children[2];
    int status;

    db_close(s->db); /* no connection may cross a fork */
    s->db = NULL;
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0)
            take_turns(s->path, scratch_path(s, "test.db-turn"),
                       (char)('a' + i), tally);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(tally->count, 2 * TURNS);
    for (int i = 1; i < 2 * TURNS; i++)
        assert_int_not_equal(tally->who[i], tally->who[i - 1]);
    munmap(tally, sizeof(*tally));
}

static void a_turn_ends_with_its_process(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    struct turn *turn = NULL;
    int pipe_of[2];
    char byte;
    pid_t child;

    db_close(s->db);
    s->db = NULL;
    assert_int_equal(pipe(pipe_of), 0);
    child = fork();
    if (child == 0) {
        if (turn_open(&turn, s->path, &err) < 0 || turn_take(turn, &err) < 0 ||
            write(pipe_of[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(1);
    }
    assert_int_equal(read(pipe_of[0], &byte, 1), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(turn_open(&turn, s->path, &err), 0);
    assert_int_equal(turn_take(turn, &err), 0);
    turn_give(turn);
    turn_give(turn);
    turn_close(turn);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(pipe_of[0]);
    close(pipe_of[1]);
}

/* A thread that takes one turn. */
struct taker {
    struct turn *turn;
    atomic_bool *is_held;
    bool was_alone;
};

static void *take_one(void *arg)
{
    struct taker *taker = arg;
    struct err err = ERR_INIT;

    if (turn_take(taker->turn, &err) == 0)
        taker->was_alone = !atomic_exchange(taker->is_held, true);
    return NULL;
}

static void threads_of_a_process_take_turns_too(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    struct turn *turn = NULL;
    atomic_bool is_held = true;
    struct taker taker = {.is_held = &is_held};
    pthread_t thread;
    int fd;

    assert_int_equal(turn_open(&turn, s->path, &err), 0);
    assert_int_equal(turn_open(&taker.turn, s->path, &err), 0);
    fd = open(scratch_path(s, "test.db-turn"), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(turn_take(turn, &err), 0);
    assert_int_equal(pthread_create(&thread, NULL, take_one, &taker), 0);
    wait_for_another(fd);
    atomic_store(&is_held, false);
    turn_give(turn);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(taker.was_alone);
    turn_close(taker.turn);
    turn_close(turn);
    close(fd);
}

static void in_memory_every_turn_is_free(void **state)
{
    struct err err = ERR_INIT;
    struct turn *turn = NULL;

    (void)state;
    assert_int_equal(turn_open(&turn, ":memory:", &err), 0);
    assert_int_equal(turn_take(turn, &err), 0);
    turn_give(turn);
    turn_close(turn);
    turn_close(NULL);
    assert_int_equal(turn_open(&turn, "/nowhere/x.db", &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
}

SUITE(turn)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(two_processes_alternate),
        SCRATCH_TEST(a_turn_ends_with_its_process),
        SCRATCH_TEST(threads_of_a_process_take_turns_too),
        cmocka_unit_test(in_memory_every_turn_is_free),
    };

    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
