#pragma once
#include "web/http/request.h"
#include <libwebsockets.h>
#include <stddef.h>
/*
 * The HTTP side of one connection: collects a request, has the web room answer
 * it on the thread that its route names, and sends the answer. Used by the
 * protocols of all mounts, and by the first protocol for what is on none.
 */
struct exchange;
struct unsent;
struct http_slot {             /* per connection, lws's memory */
    struct exchange *exchange; /* the request under way, or NULL */
    struct unsent *unsent;     /* of its response, or NULL */
    char peer[ADDRESS_MAX];    /* see wire_read() */
};

/* The switch that every mount's callback is. */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                  void *in, size_t len);
