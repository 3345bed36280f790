#include "commands/workers.h"
#include "app.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define RESTART_WAIT_MIN_MS 100
#define RESTART_WAIT_MAX_MS 5000
/* A worker that ran for so long died of something else than its start. */
#define RAN_WELL_US (10 * CLOCK_S)

struct worker {
    pid_t pid; /* 0: not running */
    int64_t started_us;
    int64_t restart_us; /* monotonic; when pid is 0 */
    int wait_ms;
};

struct workers {
    const struct config *config;
    const struct listeners *listeners;
    struct worker of[WORKERS_MAX];
    size_t ready_count;
    bool stopping;
    bool failed;
};

static sigset_t watched(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGRTMIN);
    return set;
}

/* A real-time signal: two at once are still two. */
static void tell_parent(void *arg)
{
    (void)arg;
    kill(getppid(), SIGRTMIN);
}

static void run_worker(const struct workers *workers, size_t i, pid_t parent)
{
    const sigset_t set = watched();
    struct err err = ERR_INIT;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    if (app_serve(workers->config, &workers->listeners->of[i], tell_parent,
                  NULL, &err) < 0) {
        log_error("worker.failed", "worker=%zu text=\"%s\"", i, err.text);
        exit(1);
    }
    exit(0);
}

static int start(struct workers *workers, size_t i)
{
    struct worker *worker = &workers->of[i];
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid < 0) {
        log_error("worker.no_fork", "error=\"%s\"", strerror(errno));
        return -1;
    }
    if (pid == 0)
        run_worker(workers, i, parent);
    worker->pid = pid;
    worker->started_us = clock_mono_us();
    return 0;
}

static void stop(struct workers *workers)
{
    workers->stopping = true;
    for (size_t i = 0; i < workers->listeners->count; i++) {
        if (workers->of[i].pid)
            kill(workers->of[i].pid, SIGTERM);
    }
}

static void bury(struct workers *workers, pid_t pid, int status, bool is_up)
{
    for (size_t i = 0; i < workers->listeners->count; i++) {
        struct worker *worker = &workers->of[i];
        int64_t now = clock_mono_us();

        if (worker->pid != pid)
            continue;
        worker->pid = 0;
        if (workers->stopping) {
            if (status)
                workers->failed = true;
            return;
        }
        log_error("worker.died", "worker=%zu pid=%d status=%d", i, (int)pid,
                  status);
        if (!is_up) {
            workers->failed = true;
            stop(workers);
            return;
        }
        worker->wait_ms = now - worker->started_us > RAN_WELL_US
                              ? RESTART_WAIT_MIN_MS
                              : worker->wait_ms * 2;
        if (worker->wait_ms < RESTART_WAIT_MIN_MS)
            worker->wait_ms = RESTART_WAIT_MIN_MS;
        if (worker->wait_ms > RESTART_WAIT_MAX_MS)
            worker->wait_ms = RESTART_WAIT_MAX_MS;
        worker->restart_us = now + worker->wait_ms * 1000;
    }
}

/* Starts what is due; returns how long to wait for the next, in ms. */
static int restart_due(struct workers *workers)
{
    int64_t now = clock_mono_us();
    int wait_ms = 60000;

    for (size_t i = 0; i < workers->listeners->count; i++) {
        struct worker *worker = &workers->of[i];
        int64_t left_ms;

        if (worker->pid || workers->stopping)
            continue;
        left_ms = (worker->restart_us - now + 999) / 1000;
        if (left_ms <= 0) {
            if (start(workers, i) < 0)
                worker->restart_us = now + RESTART_WAIT_MAX_MS * 1000;
            else
                log_info("worker.restarted", "worker=%zu", i);
        } else if (left_ms < wait_ms) {
            wait_ms = (int)left_ms;
        }
    }
    return wait_ms;
}

static bool any_left(const struct workers *workers)
{
    for (size_t i = 0; i < workers->listeners->count; i++) {
        if (workers->of[i].pid)
            return true;
    }
    return false;
}

static void reap(struct workers *workers, bool is_up)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        bury(workers, pid, status, is_up);
}

int workers_run(const struct config *config, const struct listeners *listeners,
                void (*ready)(void *arg), void *arg, struct err *err)
{
    struct workers workers = {.config = config, .listeners = listeners};
    const sigset_t set = watched();
    bool is_up = false;

    sigprocmask(SIG_BLOCK, &set, NULL);
    for (size_t i = 0; i < listeners->count && !workers.failed; i++)
        workers.failed = start(&workers, i) < 0;
    if (workers.failed)
        stop(&workers);
    while (!workers.stopping || any_left(&workers)) {
        int wait_ms = restart_due(&workers);
        struct timespec wait = {.tv_sec = wait_ms / 1000,
                                .tv_nsec = (wait_ms % 1000) * 1000000L};
        siginfo_t info;
        int number = sigtimedwait(&set, &info, &wait);

        if (number == SIGTERM || number == SIGINT) {
            stop(&workers);
        } else if (number == SIGCHLD) {
            reap(&workers, is_up);
        } else if (number == SIGRTMIN && !is_up) {
            is_up = ++workers.ready_count == listeners->count;
            if (is_up)
                ready(arg);
        }
    }
    if (workers.failed)
        return err_set(err, ERR_UNAVAILABLE, "a worker failed");
    return 0;
}
