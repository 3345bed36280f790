#pragma once
#include "base/err.h"
#include "base/gzip.h"
#include "base/secret.h"
#include "metrics/metrics.h"
#include "metrics/roster.h"
#include "metrics/view_list.h"
#include "model/accounts/actor.h"
#include "model/accounts/second_factor.h"
#include "model/accounts/session.h"
#include "model/accounts/throttle.h"
#include "model/accounts/user.h"
#include "model/log/meta.h"
#include "store/db.h"
#include "view/order_cache.h"
#include "web/access/credentials.h"
#include "web/access/host.h"
#include "web/access/limit.h"
#include "web/access/machine_port.h"
#include "web/access/market_port.h"
#include "web/access/proxies.h"
#include "web/access/quota.h"
#include "web/access/refusals.h"
#include "web/access/route.h"
#include "web/http/asset.h"
#include "web/http/input.h"
#include "web/http/request.h"
#include "web/http/response.h"
#include <stdatomic.h>
#include <stdbool.h>
/*
 * One request on its way to its response, and what all of them share. Knows no
 * socket.
 * Thread: a call is one thread's at a time; struct web is read-only while
 * threads run, save for its atomics.
 */
#define WEB_NAMES_MAX 16
#define WEB_BASE_MAX 128
#define WEB_EXPORTS_MAX 16 /* files of one worker at a time */
/* Of a code as somebody types it, with blanks and dashes. */
#define LOGIN_CODE_MAX 64
#define HSTS "max-age=31536000"

struct answers;

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
        struct limit *views;       /* asked for, by user */
        struct limit *connections; /* new ones, by address */
        struct limit *profile;     /* changes of one's own account, by user */
        struct limit *logins;      /* made and ended by a login, by user */
        struct limit *tickets;     /* by user */
        struct limit *pages;       /* layouts and settings, by user */
        struct limit *admin;       /* changes of what is all users', by user */
        struct quota *quota;       /* of what is written in a day */
        long commands_per_socket;  /* a second; 0: no limit */
        long sockets_per_user;     /* open at once */
    } limits;
    struct refusals *refusals; /* counts them; NULL: nobody does */
    bool is_tls;               /* we speak https ourselves */
    bool secure_cookies;       /* browsers come by https */
    /* Hosts to answer to, origins to take, both as access/host.h writes them,
     * and what links begin with. */
    char hosts[WEB_NAMES_MAX][HOST_MAX];
    size_t host_count;
    char origins[WEB_NAMES_MAX][ORIGIN_MAX];
    size_t origin_count;
    /* Of pages that are not ours, and may use the API all the same. */
    char cors_origins[WEB_NAMES_MAX][ORIGIN_MAX];
    size_t cors_origin_count;
    char base_url[ORIGIN_MAX + WEB_BASE_MAX];
    char base[WEB_BASE_MAX];         /* path of public_url: "", or "/desk" */
    struct order_cache *order_cache; /* for lists and searches; NULL: none */
    struct metrics *metrics;         /* every worker's, for /metrics */
    size_t metrics_count;
    const struct market_port *market; /* NULL: there is no market data */
    struct roster *roster;            /* every worker's sockets */
    /* Others that serve the same database; NULL: there can be none. */
    const struct machine_port *machines;
    struct view_list *view_list; /* and live views */
    struct asset description;    /* of the API: made once, served like a file */
    struct buf description_text, description_packed;
    char description_etag[SECRET_TEXT_MAX + 2];
    atomic_int redis_up;     /* 1: one at least, 0, or -1: not configured */
    atomic_int redis_down;   /* servers that are not */
    atomic_bool writes_fail; /* the last commit did */
    atomic_int standby; /* commits wait for one: 1, 0, or -1: a file has none */
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

struct call {
    const struct web *web;
    struct request *request;
    struct response *response;
    const struct route *route;
    struct db *db;         /* NULL on RUN_LOOP */
    struct logins *logins; /* of that connection; NULL: they are looked up */
    struct lookup *lookup; /* made beforehand (access/lookup.h), or NULL */
    /* Looked at once the login is known; NULL: none, or they were before. */
    struct answers *answers;
    bool is_kept; /* the answer is one of these */
    struct actor actor;
    bool admitted; /* what the user may do so often has been counted */
    bool by_cookie;
    char session[CREDENTIAL_MAX]; /* by_cookie: its value, of those sent */
    int64_t id;                   /* of the first <id> in the path; 0: none */
    int64_t sub_id;               /* of the second */
    bool browse;                  /* a page about the answer in place of it */
    /* RUN_READ: on a thread for what may look at many rows. */
    bool may_be_long;
    bool must_be_long;  /* asked for by call_need_long() */
    struct input input; /* the body: see call_input() */
    bool has_input;
    struct login_check login;
    int64_t orders;   /* asked to be written; see web_count_refused() */
    uint64_t account; /* of a login by password: whose, as a number; else 0 */
    int delay_s;      /* it is to wait so long before it is run */
    /* Left by a handler whose answer shows the actor's own orders as they are
     * at a position of their stream, and nothing else that may change. */
    struct {
        int64_t position; /* 0: the answer is not to be kept */
        size_t from;      /* where in the body it begins: behind the draw */
        struct gzip_part part; /* len 0: it is not compressed */
    } keep;
};
/* The body as input, read when it is first asked for. Borrowed until
 * call_release() or the end of web_run(). See input_read() for errors. */
int call_input(struct call *call, const struct input **input, struct err *err);
/* What the call owns; safe twice. Any thread, of a call that is not run. */
void call_release(struct call *call);
/* A handler that is about to look at many rows says so, before it writes
 * anything: -1 where this is no thread for that; then it returns -1 itself and
 * is run again on one that is. */
int call_need_long(struct call *call, struct err *err);
/* Whether the call that failed is to be run again, on such a thread: it is as
 * before then. */
bool call_move_long(struct call *call);
