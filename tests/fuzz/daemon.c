#include "daemon.h"
#include "app.h"
#include "base/log.h"
#include "commands/serve/listen.h"
#include "protocols/host/listener.h"
#include "protocols/host/server.h"
#include "protocols/http/http.h"
#include "target.h"
#include "world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

#define LIFETIME 4000 /* inputs */
#define PEERS_MAX 4
/* Each turn has something to do; the largest answers take some hundred. */
#define TURNS_MAX 20000
/* Each waits for the worker's next timer at most, some hundredths of a second;
 * lws lets go of what has gone behind a refusal after 3 s. */
#define WAIT_TURNS_MAX 400
#define QUIET_TURNS 2
#define GOT_MAX (8 << 20)
#define HELD_MAX 8
#define HELLO "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    bool is_started;
    void (*talk)(const uint8_t *data, size_t size); /* NULL: nothing to do */
    const uint8_t *data;
    size_t size;
    unsigned inputs;
    struct server *server;
    uv_loop_t *loop;
    int64_t jobs; /* under way */
    struct listeners listeners;
    struct config config;
    char dir[64];
    bool is_holding;
    struct admission admission; /* while it is: what there was before */
    struct held {
        struct job *job;
        bool is_begun;
    } held[HELD_MAX]; /* in the order in which they came */
    size_t held_count;
    struct peer *peers[PEERS_MAX]; /* open ones */
    struct peer plain;             /* a client that does no harm */
} daemon_ = {.mutex = PTHREAD_MUTEX_INITIALIZER,
             .moved = PTHREAD_COND_INITIALIZER,
             .plain = {.fd = -1}};

/*
 * Linked around the worker's own (--wrap): which loop it runs on, whether a job
 * is still under way, and what readers are to do before they are let do it.
 */
struct lws_context *
__real_lws_create_context(const struct lws_context_creation_info *info);
struct lws_context *
__wrap_lws_create_context(const struct lws_context_creation_info *info);
int __real_writer_submit(struct writer *writer, struct job *job,
                         struct err *err);
int __wrap_writer_submit(struct writer *writer, struct job *job,
                         struct err *err);
int __real_readers_submit(struct readers *readers, struct job *job,
                          struct err *err);
int __wrap_readers_submit(struct readers *readers, struct job *job,
                          struct err *err);
bool __real_readers_cancel(struct readers *readers, struct job *job);
bool __wrap_readers_cancel(struct readers *readers, struct job *job);
size_t __real_jobs_finish(struct jobs *jobs);
size_t __wrap_jobs_finish(struct jobs *jobs);

struct lws_context *
__wrap_lws_create_context(const struct lws_context_creation_info *info)
{
    daemon_.server = info->user;
    daemon_.loop = info->foreign_loops[0];
    daemon_.jobs = 0;
    return __real_lws_create_context(info);
}

int __wrap_writer_submit(struct writer *writer, struct job *job,
                         struct err *err)
{
    int rc = __real_writer_submit(writer, job, err);

    daemon_.jobs += rc == 0;
    return rc;
}

static int submit_now(struct readers *readers, struct job *job, struct err *err)
{
    int rc = __real_readers_submit(readers, job, err);

    daemon_.jobs += rc == 0;
    return rc;
}

int __wrap_readers_submit(struct readers *readers, struct job *job,
                          struct err *err)
{
    if (!daemon_.is_holding || readers != daemon_.server->pools.readers)
        return submit_now(readers, job, err);
    if (daemon_.held_count == HELD_MAX)
        return err_set(err, ERR_THROTTLED, "too many wait");
    daemon_.held[daemon_.held_count++] = (struct held){.job = job};
    return 0;
}

static void take_held(size_t i)
{
    memmove(daemon_.held + i, daemon_.held + i + 1,
            (--daemon_.held_count - i) * sizeof(daemon_.held[0]));
}

static bool cancel_held(const struct job *job)
{
    for (size_t i = 0; i < daemon_.held_count; i++) {
        if (daemon_.held[i].job == job && !daemon_.held[i].is_begun) {
            take_held(i);
            return true;
        }
    }
    return false;
}

bool __wrap_readers_cancel(struct readers *readers, struct job *job)
{
    bool is_taken_back;

    if (cancel_held(job))
        return true;
    is_taken_back = __real_readers_cancel(readers, job);

    daemon_.jobs -= is_taken_back;
    return is_taken_back;
}

size_t __wrap_jobs_finish(struct jobs *jobs)
{
    size_t count = __real_jobs_finish(jobs);

    daemon_.jobs -= (int64_t)count;
    return count;
}

void peer_open(struct peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_port = htons((uint16_t)daemon_.listeners.of[0].port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    peer->ended = false;
    buf_init(&peer->got, GOT_MAX);
    /* The kernel accepts it; the daemon when its loop turns. */
    must(connect(peer->fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (!daemon_.peers[i]) {
            daemon_.peers[i] = peer;
            return;
        }
    }
    must(false);
}

static void peer_close(struct peer *peer)
{
    if (peer->fd < 0)
        return;
    close(peer->fd);
    peer->fd = -1;
    buf_release(&peer->got);
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (daemon_.peers[i] == peer)
            daemon_.peers[i] = NULL;
    }
}

/* True: something came, or it ended just now. */
static bool peer_read(struct peer *peer)
{
    char bytes[65536];
    ssize_t len;

    if (peer->ended)
        return false;
    len = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (len > 0)
        buf_put(&peer->got, bytes, (size_t)len);
    else if (len == 0 || (errno != EAGAIN && errno != EINTR))
        peer->ended = true;
    return len > 0 || peer->ended;
}

void daemon_settle(void)
{
    int quiet = 0;

    for (int turn = 0; quiet < QUIET_TURNS; turn++) {
        bool moved = false;

        must(turn < TURNS_MAX);
        uv_run(daemon_.loop, daemon_.jobs ? UV_RUN_ONCE : UV_RUN_NOWAIT);
        for (size_t i = 0; i < PEERS_MAX; i++)
            moved |= daemon_.peers[i] && peer_read(daemon_.peers[i]);
        quiet = moved || daemon_.jobs ? 0 : quiet + 1;
    }
}

void peer_wait(struct peer *peer)
{
    for (int turn = 0; !peer->got.len && !peer->ended; turn++) {
        must(turn < WAIT_TURNS_MAX);
        peer_read(peer);
        if (!peer->got.len && !peer->ended)
            uv_run(daemon_.loop, UV_RUN_ONCE);
        peer_read(peer);
    }
    daemon_settle();
}

void peer_send(struct peer *peer, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len && !peer->ended) {
        ssize_t sent = send(peer->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent > 0) {
            at += sent;
            len -= (size_t)sent;
        } else if (errno != EAGAIN && errno != EINTR) {
            peer->ended = true;
        }
        if (len)
            daemon_settle();
    }
}

void peer_half_close(struct peer *peer)
{
    shutdown(peer->fd, SHUT_WR);
}

void peer_reset(struct peer *peer)
{
    const struct linger at_once = {.l_onoff = 1};

    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    peer_close(peer);
}

void daemon_hold(void)
{
    struct admission *admission = &daemon_.server->admission;

    if (daemon_.is_holding)
        return;
    daemon_.is_holding = true;
    daemon_.admission = *admission;
    admission->db = NULL;
    admission->logins = NULL;
    admission->answers = NULL;
}

void daemon_begin_held(void)
{
    for (size_t i = 0; i < daemon_.held_count; i++) {
        if (!daemon_.held[i].is_begun) {
            daemon_.held[i].is_begun = true;
            return;
        }
    }
}

void daemon_end_held(bool is_late)
{
    struct pools *pools = &daemon_.server->pools;
    struct job *job;
    struct err err = ERR_INIT;

    if (!daemon_.held_count)
        return;
    job = daemon_.held[0].job;
    take_held(0);
    if (is_late) {
        err_clear(&job->err);
        err_set(&job->err, ERR_UNAVAILABLE, "waited too long");
        job->next = NULL;
        daemon_.jobs++;
        jobs_hand_over(pools->jobs, job);
    } else {
        must(submit_now(pools->readers, job, &err) == 0);
    }
    daemon_settle();
}

static void end_holding(void)
{
    if (!daemon_.is_holding)
        return;
    while (daemon_.held_count)
        daemon_end_held(false);
    daemon_.is_holding = false;
    daemon_.server->admission = daemon_.admission;
}

static void greet(void)
{
    struct peer *plain = &daemon_.plain;

    for (int tries = 0; tries < 2; tries++) {
        if (plain->fd < 0)
            peer_open(plain);
        peer_send(plain, HELLO, strlen(HELLO));
        peer_wait(plain);
        if (plain->got.len || !plain->ended)
            break;
        peer_close(plain); /* it was idle for too long */
    }
    must(!strncmp(buf_text(&plain->got), "HTTP/1.1 200 ", 13));
    buf_clear(&plain->got);
    if (plain->ended)
        peer_close(plain);
}

/* All that a connection but the plain one's may have taken. */
static bool is_clear(void)
{
    const struct server *server = daemon_.server;

    return listener_connections(server->listener) <=
               (daemon_.plain.fd < 0 ? 0U : 1U) &&
           !server->http->exchanges && !holds_sum(server->http->holds) &&
           !server->http->delays.sites;
}

/* Every connection but the plain one's goes when its peer has gone. */
static void clear_peers(void)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = daemon_.peers[i];

        if (peer && peer != &daemon_.plain)
            peer_close(peer);
    }
    daemon_settle();
    for (int turn = 0; !is_clear(); turn++) {
        must(turn < WAIT_TURNS_MAX);
        uv_run(daemon_.loop, UV_RUN_ONCE);
    }
}

static void serve_inputs(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&daemon_.mutex);
    for (unsigned served = 0; served < LIFETIME;) {
        while (!daemon_.talk)
            pthread_cond_wait(&daemon_.moved, &daemon_.mutex);
        if (++served < LIFETIME) {
            daemon_.talk(daemon_.data, daemon_.size);
            end_holding();
            clear_peers();
            greet();
            daemon_.talk = NULL;
            pthread_cond_signal(&daemon_.moved);
        } /* else: it is the next one's first */
    }
    peer_close(&daemon_.plain);
    uv_stop(daemon_.loop);
    pthread_mutex_unlock(&daemon_.mutex);
}

static void remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-turn", "-lock"};
    char path[96];

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(path, sizeof(path), "%s/orders.db%s", daemon_.dir, ends[i]);
        unlink(path);
    }
}

static void remove_folder(void)
{
    remove_files();
    rmdir(daemon_.dir);
}

static void make_database(void)
{
    struct err err = ERR_INIT;
    struct db *db;

    remove_files();
    must(db_open(&db, daemon_.config.database, DB_WRITE, &err) == 0);
    world_make(db);
    db_close(db);
}

static void *run(void *arg)
{
    const struct app_hooks hooks = {.ready = serve_inputs};
    struct err err = ERR_INIT;

    for (;;) {
        make_database();
        must(app_serve(&daemon_.config, &daemon_.listeners.of[0], &hooks,
                       &err) == 0);
    }
    return arg;
}

/* Memory in place of a disk, where there is such a folder. */
static void make_folder(void)
{
    snprintf(daemon_.dir, sizeof(daemon_.dir), "/dev/shm/lws-app-fuzz-XXXXXX");
    if (mkdtemp(daemon_.dir))
        return;
    snprintf(daemon_.dir, sizeof(daemon_.dir), "/tmp/lws-app-fuzz-XXXXXX");
    must(mkdtemp(daemon_.dir) != NULL);
}

/* The fuzzer's alarm is for its own thread. */
static void start_thread(void)
{
    static const int faults[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    pthread_t thread;
    sigset_t blocked;
    sigset_t before;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    must(pthread_create(&thread, NULL, run, NULL) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void start(void)
{
    struct config *config = &daemon_.config;
    size_t rest_count;
    struct err err = ERR_INIT;

    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_ERROR);
    must(config_read(config, 0, NULL, NULL, NULL, 0, &rest_count, &err) == 0);
    make_folder();
    atexit(remove_folder);
    snprintf(config->database, sizeof(config->database), "%s/orders.db",
             daemon_.dir);
    config->readers = 1;
    config->hash_threads = 1;
    config->password_iterations = 1000;
    config->search_memory = 1 << 24;
    must(listeners_open(&daemon_.listeners, "127.0.0.1:0", 1, &err) == 0);
    start_thread();
    daemon_.is_started = true;
}

void daemon_talk(void (*talk)(const uint8_t *data, size_t size),
                 const uint8_t *data, size_t size)
{
    if (!daemon_.is_started)
        start();
    pthread_mutex_lock(&daemon_.mutex);
    daemon_.talk = talk;
    daemon_.data = data;
    daemon_.size = size;
    pthread_cond_signal(&daemon_.moved);
    while (daemon_.talk)
        pthread_cond_wait(&daemon_.moved, &daemon_.mutex);
    pthread_mutex_unlock(&daemon_.mutex);
}
