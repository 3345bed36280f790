#include "store/redis/redis_tls.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define PIECE 16384
/* Before redis_conn.c gives up. */
#define HANDSHAKE_MS 2500
/* A thread ends at once, but for what a slow machine needs for it; OpenSSL must
 * not be cleaned up beneath it. */
#define WAIT_S 30
#define SAID_US (60 * CLOCK_S)
#define SAID_SERVERS 61

/* Bytes on their way from one side to the other. */
struct pipe_end {
    char bytes[PIECE];
    size_t from, len;
};

struct relay {
    struct redis_url url;
    int outer; /* to Redis, by TLS */
    int inner; /* to hiredis, in the clear */
    SSL_CTX *context;
    SSL *ssl;
    /* Of outer, before TLS can go on with it. */
    short wanted_out, wanted_in;
    struct pipe_end out, in;
};

/* For each server by itself, so that none hides what is wrong with another; by
 * a hash of its name, which two of them hardly share. */
static bool may_say(const char *name)
{
    static _Atomic int64_t said_us[SAID_SERVERS];
    uint32_t hash = 2166136261U; /* FNV-1a */
    int64_t now = clock_mono_us();
    int64_t before;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    before = atomic_load(&said_us[hash % SAID_SERVERS]);
    return (!before || now - before > SAID_US) &&
           atomic_compare_exchange_strong(&said_us[hash % SAID_SERVERS],
                                          &before, now);
}

static void say(const struct relay *relay, const char *why)
{
    if (may_say(relay->url.name))
        log_warn("redis.tls", "server=%s why=\"%s\"", relay->url.name, why);
}

/* What OpenSSL has to say of it, else what it was about. */
static void say_reason(const struct relay *relay, const char *what)
{
    unsigned long code = ERR_peek_last_error();
    long verdict = relay->ssl ? SSL_get_verify_result(relay->ssl) : X509_V_OK;

    if (verdict != X509_V_OK)
        say(relay, X509_verify_cert_error_string(verdict));
    else
        say(relay, code ? ERR_reason_error_string(code) : what);
}

static bool set_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    if (X509_VERIFY_PARAM_set1_ip_asc(param, host))
        return true;
    ERR_clear_error();
    return SSL_set1_host(ssl, host) && SSL_set_tlsext_host_name(ssl, host);
}

static bool open_ssl(struct relay *relay)
{
    const char *ca = relay->url.ca;

    relay->context = SSL_CTX_new(TLS_client_method());
    if (!relay->context ||
        !SSL_CTX_set_min_proto_version(relay->context, TLS1_2_VERSION) ||
        (*ca ? !SSL_CTX_load_verify_locations(relay->context, ca, NULL)
             : !SSL_CTX_set_default_verify_paths(relay->context)))
        return false;
    SSL_CTX_set_verify(relay->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(relay->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                         SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    relay->ssl = SSL_new(relay->context);
    if (!relay->ssl || !set_host(relay->ssl, relay->url.host) ||
        !SSL_set_fd(relay->ssl, relay->outer))
        return false;
    SSL_set_connect_state(relay->ssl);
    return true;
}

/* False: it is not a matter of waiting. */
static bool note_wanted(const struct relay *relay, int rc, short *wanted)
{
    switch (SSL_get_error(relay->ssl, rc)) {
    case SSL_ERROR_WANT_READ: *wanted = POLLIN; return true;
    case SSL_ERROR_WANT_WRITE: *wanted = POLLOUT; return true;
    default: return false;
    }
}

/* Until outer is ready, or hiredis has closed its end, or too late. */
static bool wait_outer(const struct relay *relay, short events, int64_t until)
{
    struct pollfd fds[2] = {{.fd = relay->outer, .events = events},
                            {.fd = relay->inner}};
    int64_t left_ms = (until - clock_mono_us()) / 1000;
    int ready = poll(fds, 2, left_ms > 0 ? (int)left_ms : 0);

    if (ready == 0)
        say(relay, "TLS is not answered");
    return (ready > 0 && !fds[1].revents) || (ready < 0 && errno == EINTR);
}

static bool shake_hands(struct relay *relay)
{
    int64_t until = clock_mono_us() + HANDSHAKE_MS * INT64_C(1000);
    int failed = 0;
    socklen_t len = sizeof(failed);

    if (!wait_outer(relay, POLLOUT, until) ||
        getsockopt(relay->outer, SOL_SOCKET, SO_ERROR, &failed, &len) < 0 ||
        failed)
        return false;
    for (;;) {
        int rc = SSL_do_handshake(relay->ssl);

        if (rc == 1)
            return true;
        if (!note_wanted(relay, rc, &relay->wanted_out)) {
            say_reason(relay, "it speaks no TLS there");
            return false;
        }
        if (!wait_outer(relay, relay->wanted_out, until))
            return false;
    }
}

/* From hiredis. False: it has closed. */
static bool take_inner(struct relay *relay)
{
    ssize_t got;

    if (relay->out.len)
        return true;
    got = recv(relay->inner, relay->out.bytes, PIECE, MSG_DONTWAIT);
    if (got > 0) {
        relay->out.from = 0;
        relay->out.len = (size_t)got;
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool give_inner(struct relay *relay)
{
    while (relay->in.len) {
        ssize_t put = send(relay->inner, relay->in.bytes + relay->in.from,
                           relay->in.len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (put < 0)
            return errno == EAGAIN || errno == EINTR;
        relay->in.from += (size_t)put;
        relay->in.len -= (size_t)put;
    }
    return true;
}

static bool give_outer(struct relay *relay)
{
    while (relay->out.len) {
        int put = SSL_write(relay->ssl, relay->out.bytes + relay->out.from,
                            (int)relay->out.len);

        if (put <= 0)
            return note_wanted(relay, put, &relay->wanted_out);
        relay->out.from += (size_t)put;
        relay->out.len -= (size_t)put;
    }
    return true;
}

static bool take_outer(struct relay *relay)
{
    int got;

    if (relay->in.len)
        return true;
    got = SSL_read(relay->ssl, relay->in.bytes, PIECE);
    if (got <= 0)
        return note_wanted(relay, got, &relay->wanted_in);
    relay->in.from = 0;
    relay->in.len = (size_t)got;
    return true;
}

/* Each side is read only while what it sent before is out; one that nothing is
 * wanted of is not looked at, or its end would wake us for ever. */
static bool wait_both(const struct relay *relay)
{
    struct pollfd fds[2] = {
        {.fd = relay->outer,
         .events = (short)((relay->in.len ? 0 : relay->wanted_in) |
                           (relay->out.len ? relay->wanted_out : 0))},
        {.fd = relay->inner,
         .events = (short)((relay->out.len ? 0 : POLLIN) |
                           (relay->in.len ? POLLOUT : 0))},
    };
    /* What TLS has read already wakes nobody. */
    bool is_ready = !relay->in.len && SSL_pending(relay->ssl) > 0;

    if (!fds[0].events)
        fds[0].fd = -1;
    if (poll(fds, 2, is_ready ? 0 : -1) < 0)
        return errno == EINTR;
    /* hiredis has gone, and waits for nothing that is still under way. */
    return !(fds[1].revents & (POLLHUP | POLLERR)) || !relay->out.len;
}

static void pass_on(struct relay *relay)
{
    while (take_inner(relay) && give_outer(relay) && take_outer(relay) &&
           give_inner(relay) && wait_both(relay)) {
    }
    SSL_shutdown(relay->ssl);
}

static void relay_free(struct relay *relay)
{
    SSL_free(relay->ssl);
    SSL_CTX_free(relay->context);
    if (relay->outer >= 0)
        close(relay->outer);
    if (relay->inner >= 0)
        close(relay->inner);
    OPENSSL_cleanse(&relay->out, sizeof(relay->out));
    OPENSSL_cleanse(&relay->in, sizeof(relay->in));
    OPENSSL_cleanse(&relay->url, sizeof(relay->url));
    mem_free(relay);
}

/* Threads under way. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    size_t count;
} threads = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

static void note_begun(void)
{
    pthread_mutex_lock(&threads.mutex);
    threads.count++;
    pthread_mutex_unlock(&threads.mutex);
}

static void note_ended(void)
{
    pthread_mutex_lock(&threads.mutex);
    threads.count--;
    pthread_cond_broadcast(&threads.ended);
    pthread_mutex_unlock(&threads.mutex);
}

void redis_tls_wait(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&threads.mutex);
    while (threads.count && pthread_cond_timedwait(
                                &threads.ended, &threads.mutex, &until) == 0) {
    }
    pthread_mutex_unlock(&threads.mutex);
}

static void *run(void *arg)
{
    struct relay *relay = arg;

    if (!open_ssl(relay))
        say_reason(relay, "TLS can't be set up");
    else if (shake_hands(relay))
        pass_on(relay);
    relay_free(relay);
    /* What OpenSSL keeps of a thread. */
    OPENSSL_thread_stop();
    note_ended();
    return NULL;
}

/* The pair, in place of fd, which outer becomes a copy of. */
static int cut_in(struct relay *relay, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    int pair[2];
    int rc;

    relay->outer = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (relay->outer < 0 || flags < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    relay->inner = pair[1];
    rc = dup3(pair[0], fd, O_CLOEXEC);
    close(pair[0]);
    if (rc < 0)
        return -1;
    fcntl(fd, F_SETFL, flags);
    return fcntl(relay->outer, F_SETFL, flags | O_NONBLOCK);
}

static int start(struct relay *relay)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    int rc;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    /* A thread is born with the mask of its maker. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&thread, &attributes, run, relay);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return rc;
}

int redis_tls_wrap(int fd, const struct redis_url *url, struct err *err)
{
    struct relay *relay = mem_zalloc(sizeof(*relay));
    int rc;

    if (!relay)
        return err_set(err, ERR_NOMEM, "no memory for TLS");
    relay->url = *url;
    relay->outer = relay->inner = -1;
    if (cut_in(relay, fd) < 0) {
        relay_free(relay);
        return err_set(err, ERR_UNAVAILABLE, "redis: no sockets for TLS: %s",
                       strerror(errno));
    }
    note_begun();
    rc = start(relay);
    if (rc == 0)
        return 0;
    note_ended();
    relay_free(relay);
    return err_set(err, ERR_UNAVAILABLE, "redis: no thread for TLS");
}
