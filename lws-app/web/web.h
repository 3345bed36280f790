#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "model/actor.h"
#include "model/meta.h"
#include "model/order_cache.h"
#include "model/second_factor.h"
#include "model/session.h"
#include "model/throttle.h"
#include "model/user.h"
#include "store/db.h"
#include "web/asset.h"
#include "web/credentials.h"
#include "web/host.h"
#include "web/input.h"
#include "web/limit.h"
#include "web/metrics.h"
#include "web/proxies.h"
#include "web/quota.h"
#include "web/refusals.h"
#include "web/request.h"
#include "web/response.h"
#include "web/roster.h"
#include "web/routes.h"
#include <stdatomic.h>
#include <stdbool.h>
/*
 * From request to response.
 * Knows no socket. A handler gets a struct call, writes call->response and
 * returns 0, or -1 with err set, which web_run() turns into a problem answer.
 * On the writer -1 also takes back what the handler wrote.
 * Thread: web_route() on the loop; web_prepare() and web_run() on the thread
 * that the route (web/routes.h) names. struct web is read-only while threads
 * run, save for its atomics.
 */
#define WEB_NAMES_MAX 16
#define WEB_EXPORTS_MAX 16 /* files of one worker at a time */
/* Of a code as somebody types it, with blanks and dashes. */
#define LOGIN_CODE_MAX 64
#define HSTS "max-age=31536000"

struct web {
    struct meta meta;
    const char *schema; /* text of schema.sql, for /readyz */
    struct throttle_limits login_limits;
    struct second_factor_limits code_limits;
    bool staff_second_factor; /* staff must have one */
    char export_folder[1024]; /* where exports are put together */
    int64_t export_bytes;     /* the largest */
    /* Whose exports are put together or sent now; 0: nobody's. */
    _Atomic int64_t *export_users;
    int password_iterations;
    struct session_limits session_limits;
    int confirm_window_s; /* a password given is good for so long */
    struct proxies proxies;
    struct web_limits {
        struct limit *token, *user, *address; /* requests of the API */
        struct limit *login_account, *login_address;
        struct limit *sockets;
        struct limit *commands;    /* over websockets, by user */
        struct limit *connections; /* new ones, by address */
        struct limit *profile;     /* changes of one's own account, by user */
        struct limit *logins;      /* made and ended by a login, by user */
        struct quota *quota;       /* of what is written in a day */
        long commands_per_socket;  /* a second; 0: no limit */
        long sockets_per_user;     /* open at once */
    } limits;
    struct refusals *refusals; /* counts them; NULL: nobody does */
    bool is_tls;               /* we speak https ourselves */
    bool secure_cookies;       /* browsers come by https */
    /* Hosts to answer to, origins to take, both as web/host.h writes them, and
     * the base of links. */
    char hosts[WEB_NAMES_MAX][HOST_MAX];
    size_t host_count;
    char origins[WEB_NAMES_MAX][ORIGIN_MAX];
    size_t origin_count;
    char base_url[ORIGIN_MAX];
    struct order_cache *order_cache; /* for lists and searches; NULL: none */
    struct metrics *metrics;         /* every worker's, for /metrics */
    size_t metrics_count;
    struct roster *roster;    /* every worker's sockets */
    struct asset description; /* of the API: made once, served like a file */
    struct buf description_text;
    char description_etag[SECRET_TEXT_MAX + 2];
    atomic_int redis_up;     /* 1, 0, or -1: not configured */
    atomic_bool writes_fail; /* the last commit did */
    atomic_bool draining;
};

/* What a login's first half leaves for its second. */
struct login_check {
    bool done; /* a username and password were given and looked at */
    bool ok;
    int64_t user;
    int64_t tried;                /* the user of that name, if there is one */
    char hash[PASSWORD_HASH_MAX]; /* that was found to fit */
    char new_hash[PASSWORD_HASH_MAX]; /* "": no need */
    char set_hash[PASSWORD_HASH_MAX]; /* of a password that is to be set */
    char username[USERNAME_MAX];
    char code[LOGIN_CODE_MAX]; /* of the second factor; "": none was given */
};

struct answers;
struct call {
    const struct web *web;
    struct request *request;
    struct response *response;
    const struct route *route;
    struct db *db;         /* NULL on RUN_LOOP */
    struct logins *logins; /* of that connection; NULL: they are looked up */
    struct actor actor;
    bool admitted; /* what the user may do so often has been counted */
    bool by_cookie;
    char session[CREDENTIAL_MAX]; /* by_cookie: its value, of those sent */
    int64_t id;                   /* of the first <id> in the path; 0: none */
    int64_t sub_id;               /* of the second */
    bool browse;                  /* a page about the answer in place of it */
    /* RUN_READ: on a thread for what may look at many rows. */
    bool may_be_long;
    bool must_be_long;  /* asked for by web_need_long() */
    struct input input; /* the body: see web_input() */
    bool has_input;
    struct login_check login;
    uint64_t account; /* of a login by password: whose, as a number; else 0 */
    int delay_s;      /* it is to wait so long before it is run */
    /* Left by a handler whose answer shows the actor's own orders as they are
     * at a position of their stream, and nothing else that may change. */
    struct {
        int64_t position; /* 0: the answer is not to be kept */
        size_t from;      /* where in the body it begins: behind the draw */
    } keep;
};
/* The body as input, read when it is first asked for. Borrowed until
 * web_release() or the end of web_run(). See input_read() for errors. */
int web_input(struct call *call, const struct input **input, struct err *err);
/* What the call owns; safe twice. Any thread, of a call that is not run. */
void web_release(struct call *call);
/* Makes what is made once. ERR_NOMEM. */
int web_open(struct web *web, struct err *err);
void web_close(struct web *web); /* safe on a zeroed one */

/* public_url, allowed_hosts: settings, "" for their defaults; address and port:
 * what is listened on. is_tls must be set. */
int web_set_names(struct web *web, const char *public_url,
                  const char *allowed_hosts, const char *address, int port,
                  struct err *err);

/* Finds the route and fills call (request and response must be set by then).
 * Always gives one to run: unknown paths and methods have handlers too. */
void web_route(const struct web *web, struct call *call);
/* Before anything is run or looked up: was it sent to a Host of ours, in a
 * coding that we take, and may its sender ask again so soon? ERR_MISDIRECTED,
 * ERR_ENCODING, ERR_THROTTLED, to be given to web_fail(). Loop thread. */
int web_admit(struct call *call, struct logins *logins, struct err *err);
/* Of a client that waits with its body: may it be asked for? What web_run()
 * would say whatever the body is, as far as no database is needed for it. */
int web_invite(const struct call *call, struct err *err);
/* May more of a body come than a stranger's may have? Only of a user who is
 * logged in: ERR_UNAUTHENTICATED, ERR_TOO_LARGE. Fills call->actor. Loop
 * thread. */
#define WEB_STRANGER_BODY 16384
int web_admit_large(struct call *call, struct logins *logins, struct err *err);
/* May call->actor make or end a login, a token's or a session's, so soon again?
 * ERR_THROTTLED. */
int web_admit_logins(const struct call *call, struct err *err);
/* The routes by index, for what is counted per route. */
size_t web_route_index(const struct route *route);
/* RUN_HASH: the first half. A refusal is remembered in err, to be given to
 * web_fail(). */
int web_prepare(struct call *call, struct db *db, struct err *err);
/* Authenticates, checks the request, runs the handler. -1 with err set: call
 * web_fail() after the rollback. */
int web_run(struct call *call, struct db *db, struct err *err);
/* A handler that is about to look at many rows says so, before it writes
 * anything: -1 where this is no thread for that; then it returns -1 itself and
 * is run again on one that is. */
int web_need_long(struct call *call, struct err *err);
/* Whether the call that failed is to be run again, on such a thread: it is as
 * before then. */
bool web_move_long(struct call *call);
/* The answer to what is no request that could have a route. */
void web_refuse(struct response *response, const struct err *err);
/* On the loop: whether the answer that is kept will do (answers.h), and if so
 * gives it. Whatever else is to be said of the request, web_run() says. */
bool web_run_kept(struct call *call, struct logins *logins,
                  const struct answers *answers);
/* The answer to an error. */
void web_fail(struct call *call, const struct err *err);
