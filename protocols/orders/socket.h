#pragma once
#include "base/buf.h"
#include "base/mem.h"
#include "fanout/frame.h"
#include "fanout/pace.h"
#include "live/views.h"
#include "protocols/host/server.h"
#include "protocols/orders/command.h"
#include <stdbool.h>
#include <stdint.h>

/* Short of memory it is told, and not ended. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>
/*
 * One websocket of the protocol "orders", as all files of this room know it.
 * Thread: loop thread only. Never blocks.
 */
#define FOLLOW_MAX 8
#define VIEWS_MAX 8
#define COMMAND_MAX 16384 /* bytes of one message in, of who is logged in */
#define REPLIES_MAX 64    /* waiting for a client that doesn't read */

enum {
    CLOSE_LOGIN_ENDED = 4401,
    CLOSE_RIGHTS_CHANGED = 4403,
    CLOSE_TRY_AGAIN = 1013,
};

enum follow_state {
    FOLLOW_LOOKUP,   /* whose stream is it, and may this user follow it */
    FOLLOW_JOINING,  /* registered; the committed position is being read */
    FOLLOW_CATCHING, /* behind: the next chunk is being read or sent */
    FOLLOW_LIVE,
};

/* One stream that a socket follows. */
struct follow {
    struct follow *next;
    struct orders_socket *socket;
    struct follow_job *job;   /* under way, or NULL */
    struct follow_ref *again; /* subscribed again before it was joined */
    struct subscription *sub; /* once registered */
    struct frame *chunk;      /* catching up: to be sent, or NULL */
    int64_t owner;
    int64_t after;     /* catching up: given up to here, with the chunk */
    int64_t committed; /* what the chunk was read against */
    enum follow_state state;
    bool fold;    /* catching up by the folded difference */
    bool at_end;  /* the chunk is the last */
    char label[]; /* "orders", "all", "user:<name>" */
};

enum view_state {
    VIEW_LOOKUP,  /* whose stream is it, and may this user see it */
    VIEW_JOINING, /* it is being loaded, or brought forward */
    VIEW_LIVE,    /* answered */
};

/* One view that a socket looks at. */
struct socket_view {
    struct socket_view *next;
    struct orders_socket *socket;
    enum view_state state;
    struct view_job *job; /* a look-up under way, or NULL */
    struct view_follower follower;
    struct pace_member pace;
    struct order_query query;     /* until it is followed */
    struct order_page *sent;      /* what the client has; NULL: nothing */
    struct order_page *next_sent; /* with the frame that was given last */
    int64_t seq;                  /* of the last frame */
    int64_t next_seq;
    int64_t first_start; /* where the window began at the answer */
    int64_t changed_us;  /* monotonic: since when it shows what the client has
                            not; 0: it has all */
    int64_t owner;
    int64_t draw;
    unsigned totals; /* TOTAL_BIT of each kind that was asked for */
    uint32_t place;  /* in the list of views */
    bool has_draw;
    bool is_anchored;
    bool is_due; /* it may send, and has something that is other than sent */
    char id[VIEW_ID_MAX];
    char label[COMMAND_STREAM_MAX];
    char ref[COMMAND_ECHO_MAX]; /* of the command that is not answered yet */
};

/* A patch of a view, and what it was made of: view_share.h. */
struct view_patch {
    struct order_page *from;
    struct order_page *to;
    struct frame *frame; /* NULL: there is none */
    int64_t seq;
    int64_t next_seq;
    int64_t first_start;
    char id[VIEW_ID_MAX];
    char label[COMMAND_STREAM_MAX];
};
#define VIEW_PATCHES 16

/* A frame of its own, waiting its turn. */
struct reply {
    struct reply *next;
    struct frame *frame;
};

struct orders_socket {
    struct lws_dll2 in_all;            /* orders->sockets */
    struct orders_socket *next, *prev; /* of the same user */
    struct lws *wsi;
    struct server *server;
    int64_t user; /* 0: not logged in yet, a ticket is awaited */
    int64_t session;
    int64_t token;
    int64_t expires_us;  /* UTC; 0: never */
    int64_t opened_us;   /* monotonic, as the next eight */
    int64_t heard_us;    /* the last message or pong */
    int64_t pinged_us;   /* since it was last heard; 0: not */
    int64_t beat_us;     /* the last heartbeat, or frame of events */
    int64_t blocked_us;  /* since when it has been asked for in vain; 0: not */
    int64_t used_us;     /* when its login was last used by a view; 0: never */
    int64_t commands_us; /* up to when its commands have used its rate up */
    int64_t frames_us;   /* the same of frames that are none */
    int64_t read_on_us;  /* since when it is read again; 0: it always was */
    int64_t close_us;    /* monotonic: when close_code was set */
    const char *close_reason; /* static text */
    struct follow *follows;
    struct socket_view *views;
    struct reply *replies, *replies_tail;
    struct market_session *market; /* NULL: it follows nothing there */
    char *market_names;            /* what it may see there; NULL: all */
    struct login_job *login;       /* a ticket under way */
    struct buf *message;           /* a command that comes in pieces, or NULL */
    size_t held;                   /* of the last frame, which lws keeps a part
                                      of; counted in server->http->holds */
    uint32_t place;                /* in the roster */
    uint16_t close_code;           /* to be sent, and nothing else; 0: none */
    uint16_t reply_count;
    uint8_t refused;       /* commands, one behind the other, for their rate */
    uint8_t sweeps;        /* how many it was not read for, the last time */
    uint8_t unread_sweeps; /* how many of these are left */
    uint8_t heartbeat_s;
    uint8_t follow_count;
    uint8_t view_count;
    bool is_staff;
    bool may_watch; /* the market */
    bool is_market; /* its subprotocol: the stream that is meant, if none is
                       named */
    bool is_unread; /* until some orders_sweep() */
    bool going;     /* close with 1001 once the replies are out */
    bool ending;    /* lws closes it: nothing may follow its close frame */
};

/* The sockets of one user. */
struct orders_user {
    int64_t id;
    struct orders_socket *sockets;
    long count;
    UT_hash_handle hh;
};

/* What all of one worker share: server->orders. */
struct orders {
    struct orders_user *users; /* by their id */
    struct lws_dll2_owner sockets;
    int64_t count;      /* of sockets that are open */
    int64_t unlisted;   /* of these, beyond what the roster holds */
    size_t handshakes;  /* whose logins readers look up */
    int64_t blocked_us; /* a client may take nothing for so long */
    int64_t silent_us;  /* and say nothing, asked by a ping meanwhile */
    struct pace pace;   /* of views */
    uv_timer_t due;     /* when the next of them may send */
    struct buf frame;   /* of market data, being made: see quotes.c */
    struct view_patch patches[VIEW_PATCHES]; /* by what they were made of */
};

/* It has something to be written once the client takes it. */
void orders_wake(struct orders_socket *socket);
/* bytes: with FRAME_ROOM before them. What the kernel does not take is kept by
 * lws, and counts as held; nothing may be sent behind it until it is out. -1:
 * the connection is at its end, or must be, since too much is held. */
int orders_send(struct orders_socket *socket, unsigned char *bytes, size_t len);
/* It is out, or lost with the connection. */
void orders_let_go(struct orders_socket *socket);
/* The shortest that was asked for counts, of all that is followed. */
void orders_set_heartbeat(struct orders_socket *socket, int seconds);
const char *orders_market_names(const struct orders_socket *socket);
void orders_close_with(struct orders_socket *socket, uint16_t code,
                       const char *reason);
