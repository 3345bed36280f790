#pragma once
#include "protocols/host/connection.h"
#include <stddef.h>
/*
 * Connections of proxies that have yet to say for whom they are, by the PROXY
 * protocol, before lws sees them. One that says nothing for 5 s, or anything
 * else, is closed.
 * Thread: loop thread only. Never blocks.
 */
#define GREETINGS_MAX 1024

struct server;
struct greeting;
struct greetings {
    struct greeting *all; /* NULL at first */
    size_t count;
    /* What becomes of one that has said it; takes fd. */
    void (*done)(struct server *server, int fd, const struct connection *peer);
};

/* Takes fd. peer: whom the socket is with; where the proxy speaks for itself,
 * that is who it stays. */
void greeting_begin(struct greetings *greetings, struct server *server, int fd,
                    const struct connection *peer);
void greetings_end_all(struct greetings *greetings); /* and the loop turns */
