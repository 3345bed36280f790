#pragma once
#include <libwebsockets.h>
#include <stddef.h>
/*
 * The end of a connection whose client may still be sending: a socket that is
 * closed with bytes unread takes back what was answered last. So once lws has
 * closed its descriptor, a copy of it is read, to no end, until the client
 * ends, or for 2 s, or up to 64 MiB; at most LINGERS_MAX of them at once,
 * beyond that a connection just ends.
 * Thread: loop thread only. Never blocks.
 */
#define LINGERS_MAX 256

struct server;
struct lingers {
    struct lingering *all; /* NULL at first */
    size_t count;
};

/* To be called with the answer written, before lws is told to close. */
void linger_begin(struct server *server, struct lws *wsi);
void linger_end_all(struct server *server); /* the loop must turn once more */
