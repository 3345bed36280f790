#pragma once
#include "base/err.h"
#include "protocols/host/connection.h"
#include <libwebsockets.h>
#include <stddef.h>
/*
 * Accepts, as many as there may be at once, and turns away the others.
 * Thread: loop thread only. Never blocks.
 */
struct listener;
struct server;
extern const struct lws_protocols protocol_listener;

/* max, max_per_address: of connections_new(). server must have its web.
 * takes_proxy_headers: from trusted proxies, who must then begin with one. */
int listener_new(struct listener **listener, const struct server *server,
                 long max, long max_per_address, bool takes_proxy_headers,
                 struct err *err);
void listener_free(struct listener *listener); /* NULL is fine */
/* Takes a socket that listens; lws owns its copy afterwards. server->vhost must
 * be there. */
int listener_adopt(struct server *server, int fd, struct err *err);
/* Whom a connection is with; NULL: it was not accepted here. */
struct connection *listener_connection(struct lws *wsi);
void listener_stop(struct server *server);
/* A connection is no more: one it accepted makes room for another. */
void listener_forget(struct lws *wsi);
/* Open ones that it accepted. */
size_t listener_connections(const struct listener *listener);
