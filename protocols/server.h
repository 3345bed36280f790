#pragma once
#include "fanout/hub.h"
#include "fanout/relay.h"
#include "protocols/connections.h"
#include "protocols/delay.h"
#include "protocols/flows.h"
#include "protocols/hold.h"
#include "protocols/tls.h"
#include "store/readers.h"
#include "store/writer.h"
#include "web/answers.h"
#include "web/logins.h"
#include "web/web.h"
#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What the protocols of one worker work with, handed down by app.c as the
 * user pointer of the lws context.
 * Thread: loop thread only.
 */
struct orders_user;
struct lingering;
#define LISTENERS_MAX 4
#define SERVER_REFUSALS 10

struct server {
    struct web *web;
    const struct tls_pair *tls; /* NULL: plain HTTP */
    struct metrics *metrics;    /* this worker's slot */
    size_t worker;              /* its index */
    struct jobs *jobs;
    struct writer *writer;
    struct readers *readers;
    struct readers *long_readers; /* for searches */
    struct readers *exporters;
    struct readers *hashers;
    struct hub *hub;
    struct relay *relay;
    /* For the lookups that don't wait for a job, each by a key: the login
     * behind a handshake, which lws can't suspend, and the login and position
     * behind an answer that is kept. */
    struct db *admission_db;
    struct logins *logins;   /* looked up by admission_db */
    struct answers *answers; /* that may be sent again */
    struct flows *flows;     /* whose turn a job takes */
    uv_loop_t *loop;         /* of this worker, which lws runs on too */
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct connections *connections;
    struct lws *listeners[LISTENERS_MAX];
    size_t listener_count;
    int spare_fd; /* for a client that there is no descriptor for */
    int64_t full_said_us;
    struct buf scratch;        /* one answer, put together for one write */
    struct orders_user *users; /* sockets by user: see orders.h */
    struct lws_dll2_owner sockets;
    struct lingering *lingers; /* see linger.h */
    size_t linger_count;
    size_t exchange_count;     /* HTTP requests not yet answered */
    struct delays delays;      /* logins that wait */
    struct holds *holds;       /* what clients have us keep */
    int64_t least_rate;        /* bytes/s, of a client that takes an answer */
    int64_t socket_blocked_us; /* a client may take nothing for so long */
    int64_t socket_silent_us;  /* and say nothing, asked by a ping meanwhile */
    int64_t refusals_said[SERVER_REFUSALS]; /* of each, in the log */
    bool draining;
    bool purging;
    int64_t socket_count;
    int64_t unlisted_count; /* of these, beyond what the roster holds */
};

/* Offered to the kernel in one go. Without it lws offers 4 KiB, waits for the
 * socket to be writable, and so on; and while it holds a rest it ends the
 * connection of a client that sends more or has closed its half. */
#define SEND_MAX (16 * 1024 * 1024)

enum { SOCKET_KEEP = 0, SOCKET_DROP = -1 };

static inline struct server *server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

#define PROTOCOL_ORDERS "orders"
/* Names that are no tokens: no client can ask for these as a subprotocol. */
#define PROTOCOL_HOST "http/host"
#define PROTOCOL_API "http/api"
#define PROTOCOL_PAGES "http/pages"
#define PROTOCOL_LISTENER "tcp/listener"
extern const struct lws_protocols protocol_host, protocol_orders, protocol_api,
    protocol_pages, protocol_listener;
extern const struct lws_http_mount *const server_mounts;
/* What every answer carries, those that lws makes by itself included. */
const struct lws_protocol_vhost_options *server_headers(bool is_tls);

/* Every call of ours that must end a connection outside its own callback. */
void server_kill(struct lws *wsi);
/* Adopts a listening socket; lws owns its copy afterwards. */
int listener_adopt(struct server *server, int fd, struct err *err);
void listener_stop(struct server *server);
/* A connection is no more: one it accepted makes room for another. */
void listener_forget(struct lws *wsi);
/* The request's method, path, arguments and the headers we read; not its body.
 * ERR_MALFORMED, ERR_METHOD (CONNECT), ERR_TARGET_LONG, ERR_HEADERS_LARGE.
 * Works in a websocket handshake too. peer: whom the connection is with; found
 * out where it is "" yet. */
int wire_read(struct lws *wsi, char peer[ADDRESS_MAX], struct request *request,
              struct err *err);
/* Whether there is such a header, if only an empty one. */
bool wire_has_header(struct lws *wsi, enum lws_token_indexes token);
/* A header's value, those of one name joined by ","; "": it is there, and
 * empty; NULL: there is none, or it is too long. out: its memory. */
const char *wire_header(struct lws *wsi, enum lws_token_indexes token,
                        char *out, size_t max);
/* Whether the client waits to be told to go on: Expect, a list, which may be
 * empty. HTTP/1.0 has none. ERR_EXPECTATION: it holds what we can't meet. */
int wire_read_expectation(struct lws *wsi, const struct request *request,
                          bool *is_expecting, struct err *err);
/* Offers an answer, head and body, to the kernel; lws keeps what it does not
 * take. request: what it answers; NULL: nothing that could be read. */
int answer_write(struct lws *wsi, const struct response *response,
                 const struct request *request);
/* "Go on", to a client that waits with its body. */
int answer_continue(struct lws *wsi);
/* The answer to what is no request of ours, which is logged and counted. The
 * caller has lws close the connection. */
void answer_refuse(struct lws *wsi, const struct err *err);
/* How long its body is, as sent. */
size_t answer_body_len(const struct response *response);
/* Writes what was refused since the last time, and moves to the audit what is
 * counted of minutes that are over. */
void server_note_refusals(struct server *server);
/* Notes a login's use, at most once a minute, in a job of its own. */
void server_touch(struct server *server, int64_t session, int64_t token);
/* Deletes what has outlived its use, a little per job, until nothing is left;
 * events older than events_s, and rows of the audit older than audit_s. */
void server_purge(struct server *server, int64_t events_s, int64_t audit_s);
