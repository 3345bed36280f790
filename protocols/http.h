#pragma once
#include "protocols/server.h"
/*
 * The HTTP side of one connection: collects a request, has the web room answer
 * it on the thread that its route names, and sends the answer. Used by the
 * protocols of all mounts, and by the first protocol for what is on none.
 */
struct exchange;
struct rest;
struct http_slot {             /* per connection, lws's memory */
    struct exchange *exchange; /* the request under way, or NULL */
    struct rest *rest;         /* of its answer, or NULL */
    char peer[ADDRESS_MAX];    /* see wire_read() */
};

int http_begin(struct lws *wsi, struct http_slot *slot);
int http_body(struct http_slot *slot, const char *bytes, size_t len);
int http_body_end(struct lws *wsi, struct http_slot *slot);
int http_gone(struct http_slot *slot);

/* The switch that every mount's callback is. */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                  void *in, size_t len);
