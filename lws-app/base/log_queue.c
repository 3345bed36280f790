#include "base/log_queue.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

/* A second and a half of 25,000 requests a second. */
#define QUEUE_BYTES (4 * 1024 * 1024)
#define RETRY_MS 1000 /* of a disk that is full */
#define CRASH_MS 1000 /* at most: the other threads go on as long */

/* Lines are put into one buffer while the thread writes the other. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t ended;
    pthread_t thread;
    bool is_on;
    bool is_stopping;
    bool is_writing;
    bool has_ended;
    size_t put_to; /* index of the buffer */
    size_t len;
    int64_t untold; /* dropped since there was last room */
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER};
static char buffers[2][QUEUE_BYTES + LOG_LINE_MAX];
static _Atomic int64_t dropped;
static _Atomic size_t unwritten; /* bytes; for who crashes */
static _Atomic bool is_crashing;

int64_t log_dropped(void)
{
    return atomic_load_explicit(&dropped, memory_order_relaxed);
}

bool log_queue_put(const char *line, size_t len)
{
    bool is_on;

    pthread_mutex_lock(&queue.lock);
    is_on = queue.is_on;
    /* After the first that has no room none has, until that is told: what was
     * dropped is one stretch. */
    if (is_on && (queue.untold || len > QUEUE_BYTES - queue.len ||
                  atomic_load_explicit(&is_crashing, memory_order_relaxed))) {
        queue.untold++;
        atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
    } else if (is_on) {
        memcpy(buffers[queue.put_to] + queue.len, line, len);
        queue.len += len;
        atomic_fetch_add(&unwritten, len);
        if (!queue.is_writing)
            pthread_cond_signal(&queue.filled);
    }
    pthread_mutex_unlock(&queue.lock);
    return is_on;
}

static struct timespec after_ms(int ms)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += ms / 1000;
    time.tv_nsec += (ms % 1000) * 1000000L;
    if (time.tv_nsec >= 1000000000L) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000L;
    }
    return time;
}

/* Whole lines of at most PIPE_BUF bytes, which no line of another process gets
 * into. */
static size_t piece(const char *bytes, size_t len)
{
    const char *last;

    if (len <= PIPE_BUF)
        return len;
    last = memrchr(bytes, '\n', PIPE_BUF);
    return last ? (size_t)(last - bytes) + 1 : PIPE_BUF;
}

/* False: what is left can't be written any more. */
static bool wait_after_fault(int error)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    struct timespec until = after_ms(RETRY_MS);
    bool goes_on;

    if (error == EINTR)
        return true;
    if (error == EAGAIN) { /* somebody else has made it so */
        poll(&fd, 1, RETRY_MS);
        return true;
    }
    pthread_mutex_lock(&queue.lock);
    if (!queue.is_stopping)
        pthread_cond_timedwait(&queue.filled, &queue.lock, &until);
    goes_on = !queue.is_stopping;
    pthread_mutex_unlock(&queue.lock);
    return goes_on;
}

static int64_t count_lines(const char *bytes, size_t len)
{
    int64_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += bytes[i] == '\n';
    return count;
}

static void write_out(const char *bytes, size_t len)
{
    while (len) {
        ssize_t written = write(STDERR_FILENO, bytes, piece(bytes, len));

        if (written > 0) {
            bytes += written;
            len -= (size_t)written;
            atomic_fetch_sub(&unwritten, (size_t)written);
        } else if (!wait_after_fault(written < 0 ? errno : EIO)) {
            atomic_fetch_add_explicit(&dropped, count_lines(bytes, len),
                                      memory_order_relaxed);
            atomic_fetch_sub(&unwritten, len);
            return;
        }
    }
}

/* Takes what there is, and the word of what had no room behind it. */
static size_t take(char **out)
{
    size_t len = queue.len;
    size_t more = 0;

    *out = buffers[queue.put_to];
    if (queue.untold)
        more = log_queue_tell(*out + len, LOG_LINE_MAX, queue.untold);
    atomic_fetch_add(&unwritten, more);
    queue.untold = 0;
    queue.len = 0;
    queue.put_to = 1 - queue.put_to;
    return len + more;
}

static void *run(void *arg)
{
    char *out;
    size_t len;

    (void)arg;
    pthread_mutex_lock(&queue.lock);
    for (;;) {
        while (!queue.len && !queue.untold && !queue.is_stopping)
            pthread_cond_wait(&queue.filled, &queue.lock);
        if (!queue.len && !queue.untold)
            break;
        len = take(&out);
        queue.is_writing = true;
        pthread_mutex_unlock(&queue.lock);
        write_out(out, len);
        pthread_mutex_lock(&queue.lock);
        queue.is_writing = false;
    }
    queue.has_ended = true;
    pthread_cond_signal(&queue.ended);
    pthread_mutex_unlock(&queue.lock);
    return NULL;
}

static void before_fork(void)
{
    pthread_mutex_lock(&queue.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&queue.lock);
}

/* The thread, and what it has to write, is the parent's. */
static void after_fork_in_child(void)
{
    queue.is_on = false;
    queue.len = 0;
    queue.untold = 0;
    atomic_store(&unwritten, 0);
    atomic_store(&dropped, 0);
    pthread_mutex_unlock(&queue.lock);
}

/* Whoever dies lets its last words out first, and nothing that others say
 * meanwhile. */
static void on_crash(int number)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    atomic_store(&is_crashing, true);
    for (int ms = 0; ms < CRASH_MS && atomic_load(&unwritten); ms++)
        nanosleep(&pause, NULL);
    raise(number); /* now by default */
}

/* A sanitizer's handlers stay. */
static void watch_crashes(void)
{
    static const int numbers[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = (int)SA_RESETHAND};
    struct sigaction before;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (sigaction(numbers[i], NULL, &before) == 0 &&
            !(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_DFL)
            sigaction(numbers[i], &action, NULL);
    }
}

static void prepare(void)
{
    static bool is_prepared;
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue.filled, &monotonic);
    pthread_cond_init(&queue.ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    queue.is_stopping = queue.is_writing = queue.has_ended = false;
    if (is_prepared)
        return;
    is_prepared = true;
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
    watch_crashes();
}

int log_start(struct err *err)
{
    sigset_t all;
    sigset_t before;
    int rc;

    if (queue.is_on)
        return 0;
    prepare();
    /* A thread is born with the mask of its maker. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&queue.thread, NULL, run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "thread log: %s", strerror(rc));
    pthread_setname_np(queue.thread, "log");
    pthread_mutex_lock(&queue.lock);
    queue.is_on = true;
    pthread_mutex_unlock(&queue.lock);
    return 0;
}

int log_stop(int wait_ms)
{
    struct timespec until = after_ms(wait_ms);

    if (!queue.is_on)
        return 0;
    pthread_mutex_lock(&queue.lock);
    queue.is_stopping = true;
    pthread_cond_signal(&queue.filled);
    while (!queue.has_ended) {
        if (!pthread_cond_timedwait(&queue.ended, &queue.lock, &until))
            continue;
        if (queue.is_writing)
            break;
        until = after_ms(wait_ms); /* it has only not had its turn yet */
    }
    queue.is_on = !queue.has_ended;
    queue.is_stopping = false;
    pthread_mutex_unlock(&queue.lock);
    if (queue.is_on)
        return -1;
    pthread_join(queue.thread, NULL);
    return 0;
}
