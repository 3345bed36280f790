#include "commands/serve/workers.h"
#include "app.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
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
#define IDLE_WAIT_MS 60000

struct worker {
    pid_t pid;       /* 0: not running */
    pid_t successor; /* started, not accepting yet; 0: none */
    int64_t started_us;
    int64_t restart_us; /* monotonic; when pid is 0 */
    int wait_ms;
    bool is_ready;
    bool is_old; /* to be replaced */
};

struct workers {
    const struct config *config;
    const struct listeners *listeners;
    struct worker of[WORKERS_MAX];
    size_t retiring; /* replaced, and not ended yet */
    bool is_up;
    bool stopping;
    bool failed;
};

static sigset_t watched(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
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
    const struct app_hooks hooks = {.ready = tell_parent};
    struct err err = ERR_INIT;
    int rc = -1;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    if (log_start(&err) == 0)
        rc = app_serve(workers->config, &workers->listeners->of[i], &hooks,
                       &err);
    if (rc < 0)
        log_error("worker.failed", "worker=%zu text=\"%s\"", i, err.text);
    if (log_stop(LOG_STOP_MS) < 0)
        _exit(rc < 0);
    exit(rc < 0);
}

/* Returns the new process, or 0. */
static pid_t start(const struct workers *workers, size_t i)
{
    pid_t parent = getpid();
    struct err err = ERR_INIT;
    pid_t pid;

    log_stop(LOG_STOP_MS); /* threads are no good for a fork */
    pid = fork();
    if (pid != 0 && log_start(&err) < 0)
        log_error("worker.no_log", "text=\"%s\"", err.text);
    if (pid < 0) {
        log_error("worker.no_fork", "error=\"%s\"", strerror(errno));
        return 0;
    }
    if (pid == 0)
        run_worker(workers, i, parent);
    return pid;
}

static void stop(struct workers *workers)
{
    workers->stopping = true;
    for (size_t i = 0; i < workers->listeners->count; i++) {
        if (workers->of[i].pid)
            kill(workers->of[i].pid, SIGTERM);
        if (workers->of[i].successor)
            kill(workers->of[i].successor, SIGTERM);
    }
}

static void plan_restart(struct worker *worker)
{
    int64_t now = clock_mono_us();

    worker->wait_ms = now - worker->started_us > RAN_WELL_US
                          ? RESTART_WAIT_MIN_MS
                          : worker->wait_ms * 2;
    if (worker->wait_ms < RESTART_WAIT_MIN_MS)
        worker->wait_ms = RESTART_WAIT_MIN_MS;
    if (worker->wait_ms > RESTART_WAIT_MAX_MS)
        worker->wait_ms = RESTART_WAIT_MAX_MS;
    worker->restart_us = now + worker->wait_ms * 1000;
}

/* The successor would not start: the old ones go on as they are. */
static void end_roll(struct workers *workers)
{
    for (size_t i = 0; i < workers->listeners->count; i++)
        workers->of[i].is_old = false;
}

/* Whichever place it had: a killed one has left its sockets and their views in
 * the lists. */
static void forget_sockets(const struct workers *workers, pid_t pid)
{
    for (size_t i = 0; i < workers->listeners->count; i++) {
        roster_forget(workers->listeners->roster, i, pid);
        view_list_forget(workers->listeners->view_list, i, pid);
    }
}

static void bury(struct workers *workers, pid_t pid, int status)
{
    forget_sockets(workers, pid);
    for (size_t i = 0; i < workers->listeners->count; i++) {
        struct worker *worker = &workers->of[i];

        if (worker->successor == pid) {
            worker->successor = 0;
            log_error("worker.successor_died", "worker=%zu status=%d", i,
                      status);
            end_roll(workers);
            return;
        }
        if (worker->pid != pid)
            continue;
        worker->pid = 0;
        worker->is_ready = false;
        if (workers->stopping && !status)
            return;
        log_error("worker.died", "worker=%zu pid=%d status=%d", i, (int)pid,
                  status);
        if (workers->stopping) {
            workers->failed = true;
            return;
        }
        plan_restart(worker);
        if (!workers->is_up) {
            workers->failed = true;
            stop(workers);
        }
        return;
    }
    if (workers->retiring)
        workers->retiring--;
}

static void reap(struct workers *workers)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        bury(workers, pid, status);
}

/* A worker accepts: one of the first, a restarted one, or a successor, whose
 * predecessor may go now. */
static void greet(struct workers *workers, pid_t pid)
{
    for (size_t i = 0; i < workers->listeners->count; i++) {
        struct worker *worker = &workers->of[i];

        if (worker->pid == pid)
            worker->is_ready = true;
        if (worker->successor != pid)
            continue;
        if (worker->pid) {
            kill(worker->pid, SIGTERM);
            workers->retiring++;
        }
        worker->pid = pid;
        worker->successor = 0;
        worker->started_us = clock_mono_us();
        worker->is_ready = true;
        worker->is_old = false;
        log_info("worker.replaced", "worker=%zu pid=%d", i, (int)pid);
    }
}

static bool all_ready(const struct workers *workers)
{
    for (size_t i = 0; i < workers->listeners->count; i++) {
        if (!workers->of[i].is_ready)
            return false;
    }
    return true;
}

/* One at a time, and only while the others serve. */
static void roll_next(struct workers *workers)
{
    if (workers->stopping || workers->retiring)
        return;
    for (size_t i = 0; i < workers->listeners->count; i++) {
        if (workers->of[i].successor)
            return;
    }
    for (size_t i = 0; i < workers->listeners->count; i++) {
        struct worker *worker = &workers->of[i];

        if (!worker->is_old || !worker->pid)
            continue;
        worker->successor = start(workers, i);
        if (!worker->successor)
            end_roll(workers);
        return;
    }
}

/* Starts what is due; returns how long to wait for the next, in ms. */
static int restart_due(struct workers *workers)
{
    int64_t now = clock_mono_us();
    int wait_ms = IDLE_WAIT_MS;

    for (size_t i = 0; i < workers->listeners->count; i++) {
        struct worker *worker = &workers->of[i];
        int64_t left_ms;

        if (worker->pid || workers->stopping)
            continue;
        left_ms = (worker->restart_us - now + 999) / 1000;
        if (left_ms > 0) {
            if (left_ms < wait_ms)
                wait_ms = (int)left_ms;
            continue;
        }
        worker->pid = start(workers, i);
        worker->started_us = now;
        worker->is_old = false;
        if (!worker->pid)
            worker->restart_us = now + RESTART_WAIT_MAX_MS * 1000;
        else if (workers->is_up)
            log_info("worker.restarted", "worker=%zu", i);
    }
    return wait_ms;
}

static bool any_left(const struct workers *workers)
{
    for (size_t i = 0; i < workers->listeners->count; i++) {
        if (workers->of[i].pid || workers->of[i].successor)
            return true;
    }
    return workers->retiring > 0;
}

static void roll(struct workers *workers)
{
    for (size_t i = 0; i < workers->listeners->count; i++)
        workers->of[i].is_old = true;
}

int workers_run(const struct config *config, const struct listeners *listeners,
                void (*ready)(void *arg), int (*reload)(void *arg), void *arg,
                struct err *err)
{
    struct workers workers = {.config = config, .listeners = listeners};
    const sigset_t set = watched();

    sigprocmask(SIG_BLOCK, &set, NULL);
    while (!workers.stopping || any_left(&workers)) {
        int wait_ms = restart_due(&workers);
        struct timespec wait = {.tv_sec = wait_ms / 1000,
                                .tv_nsec = (wait_ms % 1000) * 1000000L};
        siginfo_t info;
        int number = sigtimedwait(&set, &info, &wait);

        if (number == SIGTERM || number == SIGINT) {
            stop(&workers);
        } else if (number == SIGHUP) {
            if (reload(arg) == 0)
                roll(&workers);
        } else if (number == SIGCHLD) {
            reap(&workers);
        } else if (number == SIGRTMIN) {
            greet(&workers, info.si_pid);
            if (!workers.is_up && all_ready(&workers)) {
                workers.is_up = true;
                ready(arg);
            }
        }
        roll_next(&workers);
    }
    if (workers.failed)
        return err_set(err, ERR_UNAVAILABLE, "a worker failed");
    return 0;
}
