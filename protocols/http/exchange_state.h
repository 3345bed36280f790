#pragma once
#include "protocols/host/server.h"
#include "protocols/http/exchange.h"
#include "protocols/http/http.h"
#include "web/access/lookup.h"
#include "web/http/chunked.h"
#include "web/http/framing.h"
#include "web/web.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * One request and its response under way, as the files exchange*.c know it.
 * Thread: loop thread only, save for what a job runs. Never blocks, save for
 * look-ups by a key in a database that is a file.
 */
/* Beside the values of enum: the rest goes out by itself. */
#define SOCKET_SENDING 1

struct exchange;
typedef int exchange_function(struct exchange *exchange, struct err *err);

struct exchange {
    struct job job; /* first: a job is its exchange */
    struct server *server;
    struct lws *wsi; /* NULL: the client has gone */
    struct request request;
    struct response response;
    struct call call;
    struct framing framing; /* of the body */
    struct chunked chunked; /* BODY_CHUNKED */
    size_t held;            /* of the body: see exchange_take() */
    uint64_t held_flow;
    bool is_expecting;        /* the client waits to be asked for its body */
    bool may_be_large;        /* the body */
    bool has_ended;           /* the body; looked up something is still */
    bool complete;            /* the whole request is here, or will do */
    bool is_parked;           /* nothing is read of the connection */
    bool is_queued;           /* a pool has the job */
    struct readers *readers;  /* where it waits or runs; NULL: on the writer */
    bool hashing;             /* the job under way is the first half */
    lookup_function *look_up; /* under way, by a reader */
    exchange_function *looked_up; /* what goes on behind it; NULL: none is */
    struct lws_sorted_usec_list delay; /* until then nothing is done */
    uint64_t delayed; /* of delays_take(); 0: it does not wait */
    struct lws_sorted_usec_list answer_by; /* see exchange_answer_by() */
};

void exchange_free(struct exchange *exchange); /* NULL is fine */
/* The answer is 503 where there is no other after so long. What it waits for
 * ends by itself, without anybody to answer. */
void exchange_answer_by(struct exchange *exchange, int seconds);

/* exchange_send.c. All of them free the exchange, and return what a callback
 * returns. */
int exchange_send(struct exchange *exchange); /* the response, as it is */
int exchange_fail(struct exchange *exchange, const struct err *err);
/* The connection ends with the answer: where the next request begins is not
 * known, or not worth waiting for. */
int exchange_refuse(struct exchange *exchange, const struct err *err);
/* Whose turn its jobs take. Behind a right password stands a user, of whom the
 * request knows nothing. */
uint64_t exchange_flow(const struct exchange *exchange);

/* exchange_run.c. The whole request has come, or as much as is needed: returns
 * what a callback returns. */
int exchange_run(struct exchange *exchange);
/* Something is looked up, at once in a file, by a reader on a server.
 * looked_up() goes on then, with what look_up() failed with, and returns what a
 * callback returns; so does this. */
int exchange_look_up(struct exchange *exchange, lookup_function *look_up,
                     exchange_function *looked_up);
void exchange_end_delay(struct exchange *exchange);

/* exchange_body.c. The last three return what a callback returns. */
int exchange_read_framing(struct exchange *exchange, struct err *err);
int exchange_begin_body(struct exchange *exchange); /* the head is read */
int exchange_take(struct exchange *exchange, const char *bytes, size_t len);
int exchange_end_body(struct exchange *exchange);
