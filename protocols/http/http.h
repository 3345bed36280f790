#pragma once
#include "base/buf.h"
#include "protocols/host/server.h"
#include "protocols/http/delay.h"
#include "protocols/http/hold.h"
#include "protocols/http/linger.h"
/*
 * What all connections of HTTP in one worker share: server->http.
 * Thread: loop thread only.
 */
struct http {
    struct buf scratch;   /* one response, put together for one write */
    struct delays delays; /* logins that wait */
    struct holds *holds;  /* what clients have us keep */
    struct lingers lingers;
    size_t exchanges;   /* requests not yet answered */
    int64_t least_rate; /* bytes/s, of a client that takes an answer */
};

/* held_bytes: of holds_new(). ERR_NOMEM. */
int http_open(struct server *server, size_t held_bytes, int64_t least_rate,
              struct err *err);
/* Once no connection is left, and the loop has turned behind linger_end_all().
 * Safe where there is none. */
void http_close(struct server *server);
