#pragma once
#include "base/mem.h"
#include "model/actor.h"
#include "model/stream.h"
#include "protocols/orders_command.h"
#include "protocols/server.h"
#include <stdbool.h>
#include <stdint.h>

/* Short of memory it is told, and not ended. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>
/*
 * The websocket protocol "orders", in four files: orders.c (the connection:
 * admission, reading, writing, closing), orders_follow.c (subscriptions:
 * joining and catching up), orders_answer.c (what is said to a client) and
 * orders_control.c (what happens to many sockets: logins that end, heartbeats,
 * going away).
 * Thread: loop thread only, save for the run() of jobs.
 */
#define FOLLOW_MAX 8
#define COMMAND_MAX 4096 /* bytes of one message in */
#define ANSWERS_MAX 64   /* answers waiting for a client that doesn't read */

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

/* An answer, waiting its turn. */
struct answer {
    struct answer *next;
    struct frame *frame;
};

struct orders_socket {
    struct lws_dll2 in_all;            /* server->sockets */
    struct orders_socket *next, *prev; /* of the same user */
    struct lws *wsi;
    struct server *server;
    int64_t user; /* 0: not logged in yet, a ticket is awaited */
    int64_t session;
    int64_t token;
    int64_t expires_us;  /* UTC; 0: never */
    int64_t opened_us;   /* monotonic, as the next four */
    int64_t heard_us;    /* the last message or pong */
    int64_t pinged_us;   /* since it was last heard; 0: not */
    int64_t sent_us;     /* the last frame */
    int64_t blocked_us;  /* since when it has been asked for in vain; 0: not */
    int64_t commands_us; /* up to when its commands have used its rate up */
    int64_t close_us;    /* monotonic: when close_code was set */
    const char *close_reason; /* static text */
    struct follow *follows;
    struct answer *answers, *answers_tail;
    struct login_job *login; /* a ticket under way */
    struct buf *message;     /* a command that comes in pieces, or NULL */
    uint32_t place;          /* in the roster */
    uint16_t close_code;     /* to be sent, and nothing else; 0: none */
    uint16_t answer_count;
    uint8_t heartbeat_s;
    uint8_t follow_count;
    bool is_staff;
    bool going;  /* close with 1001 once the answers are out */
    bool ending; /* lws closes it: nothing may follow its close frame */
};

/* The sockets of one user. */
struct orders_user {
    int64_t id;
    struct orders_socket *sockets;
    long count;
    UT_hash_handle hh;
};

/* orders.c */
void orders_deliver(void *socket); /* hub_hooks.wake */
/* It has something to be written once the client takes it. */
void orders_wake(struct orders_socket *socket);
void orders_close_with(struct orders_socket *socket, uint16_t code,
                       const char *reason);
/* A connection is no more. slot: its protocol's. */
void orders_forget(struct lws *wsi, void *slot);
/* The login behind the socket is known. */
int orders_set_login(struct orders_socket *socket, const struct actor *actor);

/* orders_answer.c: each queues one frame. -1: no memory, or too many wait. */
int orders_say(struct orders_socket *socket, const struct buf *text);
int orders_refuse(struct orders_socket *socket, const char *command,
                  const char *ref, const char *stream, const char *code,
                  const char *detail);
int orders_refuse_err(struct orders_socket *socket, const char *command,
                      const char *ref, const char *stream,
                      const struct err *err);
/* {"command":..,"status":"ok",["stream":..,] with room for more: the caller
 * adds fields, closes and says. */
void orders_ok_begin(struct buf *out, const char *command, const char *ref,
                     const char *stream);
void orders_put_position(struct buf *out, const struct server *server,
                         int64_t seq);
int orders_pong(struct orders_socket *socket,
                const struct orders_command *command);
int orders_heartbeat(struct orders_socket *socket);

/* orders_follow.c */
int orders_subscribe(struct orders_socket *socket,
                     const struct orders_command *command);
int orders_unsubscribe(struct orders_socket *socket,
                       const struct orders_command *command);
void orders_unfollow_all(struct orders_socket *socket);
/* The socket has room: what this follow has for it. *frame: borrowed, NULL for
 * nothing; sent tells it that the frame went out. -1: out of memory. */
int follow_next(struct follow *follow, struct frame **frame);
void follow_sent(struct follow *follow);
bool follow_has_more(const struct follow *follow);

/* orders_login.c: a ticket sent as the first frame. */
int orders_login(struct orders_socket *socket,
                 const struct orders_command *command);
void orders_login_forget(struct orders_socket *socket);

/* orders_control.c */
struct control;
void orders_control(struct server *server, const struct control *control);
/* The control log was missed: every login is read again. */
void orders_recheck(struct server *server);
/* Once or twice a second: heartbeats, expiry, clients that say or read
 * nothing. */
void orders_sweep(struct server *server);
/* Announces the end with a delay of its own to each, then 1001. */
void orders_shutdown(struct server *server);
