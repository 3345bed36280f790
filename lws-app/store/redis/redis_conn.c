#include "store/redis/redis_conn.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/redis/redis_reply.h"
#include "store/redis/redis_tls.h"
#include "store/redis/redis_uv.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PING_MS 1000
#define SILENT_MAX 3 /* pings without any answer: the connection is dead */
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000
#define DOUBLINGS 6 /* the next one would pass RETRY_MAX_MS */
/* What was up for less, as where Redis is of no use to us or ends connections
 * at once, goes on with its retries where it was. */
#define STEADY_US (5 * CLOCK_S)
/* Between two lines about an outage that goes on for another reason. */
#define SAID_US (5 * CLOCK_S)

/* It goes on without the connection where that is closed meanwhile. */
struct redis_lookup {
    uv_getaddrinfo_t request; /* first */
    struct redis_conn *conn;  /* NULL: closed */
};

static void open_conn(struct redis_conn *conn);

static uint64_t retry_delay_ms(unsigned tries)
{
    uint64_t delay = RETRY_MAX_MS;
    uint16_t spread = 0;

    if (tries < DOUBLINGS)
        delay = (uint64_t)RETRY_MIN_MS << tries;
    /* Half of it by chance, lest all workers knock at once. */
    (void)uv_random(NULL, NULL, &spread, sizeof(spread), 0, NULL);
    return delay / 2 + delay / 2 * spread / UINT16_MAX;
}

static void on_retry(uv_timer_t *timer)
{
    open_conn(timer->data);
}

/* An outage is told of once for each reason: a server that is down may come
 * back and refuse the password. */
static bool is_news(struct redis_conn *conn, const char *why)
{
    int64_t now_us = clock_mono_us();
    bool is_new = strncmp(conn->said, why, sizeof(conn->said) - 1) != 0;

    if (conn->tries > 0 && (!is_new || now_us - conn->said_us < SAID_US))
        return false;
    snprintf(conn->said, sizeof(conn->said), "%s", why);
    conn->said_us = now_us;
    return true;
}

/* hiredis has freed the context, or is about to. */
static void lost(struct redis_conn *conn, const char *why)
{
    uint64_t delay;

    if (conn->up && clock_mono_us() - conn->up_us >= STEADY_US)
        conn->tries = 0;
    delay = retry_delay_ms(conn->tries);
    log_write(is_news(conn, why) ? LOG_WARN : LOG_DEBUG, "redis.lost",
              "server=%s link=%s why=\"%s\" retry_ms=%" PRIu64, conn->url->name,
              conn->role->name, why, delay);
    conn->ac = NULL;
    conn->greeted = conn->up = false;
    if (conn->tries < UINT_MAX)
        conn->tries++;
    uv_timer_start(&conn->retry, on_retry, delay, 0);
    conn->role->lost(conn);
    conn->role->changed(conn);
}

/* From here on hiredis' callbacks find nobody, whenever it comes to free. */
static void detach(struct redis_conn *conn)
{
    redisAsyncContext *ac = conn->ac;

    conn->ac = NULL;
    if (!ac)
        return;
    ac->data = NULL;
    redisAsyncFree(ac);
}

void redis_conn_drop(struct redis_conn *conn, const char *why)
{
    char text[128];

    /* why may be a part of what detach() frees. */
    snprintf(text, sizeof(text), "%s", why);
    detach(conn);
    lost(conn, text);
}

struct redis_conn *redis_conn_of(redisAsyncContext *ac, const void *reply)
{
    struct redis_conn *conn = ac->data;

    if (!conn || !reply)
        return NULL;
    conn->silent = 0;
    return conn;
}

void redis_conn_ping_sent(struct redis_conn *conn)
{
    conn->pings++;
    conn->ping_us = clock_mono_us();
}

/* Answers come in order, so only the last ping's time is of use. */
void redis_conn_ping_answered(struct redis_conn *conn)
{
    int64_t took = clock_mono_us() - conn->ping_us;

    if (conn->pings > 0 && --conn->pings == 0)
        conn->round_trip_us = took > 0 ? took : 0;
    if (conn->up)
        return;
    conn->reconnects += conn->was_up;
    conn->up = conn->was_up = true;
    conn->up_us = clock_mono_us();
    conn->role->changed(conn);
}

static void on_pong(redisAsyncContext *ac, void *memory, void *arg)
{
    const redisReply *reply = memory;
    struct redis_conn *conn = redis_conn_of(ac, reply);

    (void)arg;
    if (!conn)
        return;
    if (reply->type == REDIS_REPLY_ERROR)
        redis_conn_drop(conn, reply->str);
    else
        redis_conn_ping_answered(conn);
}

int redis_conn_ping(struct redis_conn *conn)
{
    if (redisAsyncCommand(conn->ac, on_pong, NULL, "PING") != REDIS_OK)
        return -1;
    redis_conn_ping_sent(conn);
    return 0;
}

static int greet(struct redis_conn *conn)
{
    conn->greeted = true;
    return conn->role->greet(conn);
}

static void on_auth(redisAsyncContext *ac, void *memory, void *arg)
{
    const redisReply *reply = memory;
    struct redis_conn *conn = redis_conn_of(ac, reply);

    (void)arg;
    if (!conn)
        return;
    if (reply->type == REDIS_REPLY_ERROR)
        redis_conn_drop(conn, reply->str);
    else if (greet(conn) < 0)
        redis_conn_drop(conn, "out of memory");
}

static void on_connect(const redisAsyncContext *ac, int status)
{
    struct redis_conn *conn = ac->data;
    const char *argv[REDIS_AUTH_WORDS];
    int argc;
    int rc;

    if (!conn)
        return;
    if (status != REDIS_OK) {
        lost(conn, ac->errstr && ac->errstr[0] ? ac->errstr : "refused");
        return;
    }
    argc = redis_url_auth(conn->url, argv);
    rc = argc ? redisAsyncCommandArgv(conn->ac, on_auth, NULL, argc, argv, NULL)
              : greet(conn);
    /* hiredis 0.14 goes on to use the context after this callback, so it is
     * dropped later. */
    if (rc != 0)
        uv_timer_start(&conn->retry, on_retry, RETRY_MIN_MS, 0);
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
    struct redis_conn *conn = ac->data;

    (void)status;
    if (conn)
        lost(conn, ac->errstr && ac->errstr[0] ? ac->errstr : "closed");
}

/* address: "": a socket. */
static void connect_to(struct redis_conn *conn, const char *address)
{
    redisAsyncContext *ac = *address
                                ? redisAsyncConnect(address, conn->url->port)
                                : redisAsyncConnectUnix(conn->url->path);
    struct err err = ERR_INIT;

    conn->ac = ac;
    if (!ac) {
        lost(conn, "out of memory");
        return;
    }
    if (ac->err) {
        redis_conn_drop(conn, ac->errstr);
        return;
    }
    if (conn->url->is_tls && redis_tls_wrap(ac->c.fd, conn->url, &err) < 0) {
        redis_conn_drop(conn, "no TLS: out of memory, sockets or threads");
        return;
    }
    redis_reply_guard(ac, conn->role->has_nested);
    fcntl(ac->c.fd, F_SETFD, FD_CLOEXEC);
    if (redis_uv_attach(ac, conn->loop) < 0) {
        redis_conn_drop(conn, "the loop can't watch it");
        return;
    }
    ac->data = conn;
    redisAsyncSetConnectCallback(ac, on_connect);
    redisAsyncSetDisconnectCallback(ac, on_disconnect);
    if (conn->url->is_tls) {
        /* hiredis is: what it says waits for TLS. Later ones than 0.14 would
         * connect the pair to Redis' address to see whether it is. */
        ac->c.flags |= REDIS_CONNECTED;
        on_connect(ac, REDIS_OK);
    }
}

static void on_found(uv_getaddrinfo_t *request, int status,
                     struct addrinfo *found)
{
    struct redis_lookup *lookup = (struct redis_lookup *)request;
    struct redis_conn *conn = lookup->conn;
    struct redis_addresses addresses;
    char why[128];

    mem_free(lookup);
    redis_addresses_take(&addresses, found);
    uv_freeaddrinfo(found);
    if (!conn)
        return;
    conn->lookup = NULL;
    snprintf(why, sizeof(why), "the host is not known: %s",
             status ? uv_strerror(status) : "it has no address");
    if (addresses.count)
        connect_to(conn, addresses.text[conn->tries % addresses.count]);
    else
        lost(conn, why);
}

/* Anew each time: the host may have moved, or be known only now. */
static void look_up(struct redis_conn *conn)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM};
    struct redis_lookup *lookup = mem_zalloc(sizeof(*lookup));

    if (!lookup || uv_getaddrinfo(conn->loop, &lookup->request, on_found,
                                  conn->url->host, NULL, &hints) != 0) {
        mem_free(lookup);
        lost(conn, "out of memory");
        return;
    }
    lookup->conn = conn;
    conn->lookup = lookup;
}

static void open_conn(struct redis_conn *conn)
{
    detach(conn);
    conn->greeted = false;
    conn->silent = conn->pings = 0;
    if (conn->url->path[0])
        connect_to(conn, "");
    else if (conn->url->is_number)
        connect_to(conn, conn->url->host);
    else if (!conn->lookup)
        look_up(conn);
}

/* Counts from the connect on, so one that is never accepted ends here too. */
static void on_tick(uv_timer_t *timer)
{
    struct redis_conn *conn = timer->data;

    if (!conn->ac)
        return;
    if (conn->silent == SILENT_MAX) {
        redis_conn_drop(conn, "no answer");
        return;
    }
    conn->silent++;
    if (conn->greeted && conn->role->ping(conn) < 0)
        redis_conn_drop(conn, "out of memory");
}

void redis_conn_init(struct redis_conn *conn, uv_loop_t *loop,
                     const struct redis_role *role, const struct redis_url *url,
                     void *owner)
{
    *conn = (struct redis_conn){
        .role = role,
        .url = url,
        .loop = loop,
        .owner = owner,
        .round_trip_us = -1,
        .handles = 2,
    };
    uv_timer_init(loop, &conn->retry);
    uv_timer_init(loop, &conn->tick);
    conn->retry.data = conn->tick.data = conn;
    uv_timer_start(&conn->tick, on_tick, PING_MS, PING_MS);
    open_conn(conn);
}

static void on_closed(uv_handle_t *handle)
{
    struct redis_conn *conn = handle->data;

    conn->handles--;
    if (conn->handles == 0)
        conn->closed(conn->owner);
}

void redis_conn_close(struct redis_conn *conn, void (*closed)(void *owner))
{
    conn->closed = closed;
    detach(conn);
    if (conn->lookup) {
        conn->lookup->conn = NULL;
        uv_cancel((uv_req_t *)&conn->lookup->request);
        conn->lookup = NULL;
    }
    conn->greeted = conn->up = false;
    uv_close((uv_handle_t *)&conn->retry, on_closed);
    uv_close((uv_handle_t *)&conn->tick, on_closed);
}
