#pragma once
#include "protocols/orders/command.h"
#include "protocols/orders/socket.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The live views of a socket: asked for, answered, and brought forward by
 * patches, each so many times a second at most.
 * Thread: loop thread only, save for the run() of jobs.
 */
/* With the loop there; undone by orders_close_views() before it ends. */
void orders_open_views(struct server *server);
void orders_close_views(struct server *server); /* if they were opened */

/* Takes the command's query. */
int orders_view(struct orders_socket *socket, struct orders_command *command);
int orders_unview(struct orders_socket *socket,
                  const struct orders_command *command);
/* A "view" or "unview" that is refused. */
int orders_refuse_view(struct orders_socket *socket,
                       const struct orders_command *command,
                       const struct err *err);
void orders_unview_all(struct orders_socket *socket);
/* What the list of views says of them: once a second. */
void orders_list_views(struct server *server);
/* Ends the one of that id (metrics/view_list.h), if it is the socket's. */
void orders_end_view(struct orders_socket *socket, int64_t id);
/* The socket has room: what the view has for it. *frame: the caller's, NULL for
 * nothing. -1: out of memory. */
int view_next(struct socket_view *view, struct frame **frame);
void view_sent(struct socket_view *view); /* what view_next() gave has gone */
bool view_has_more(const struct socket_view *view);
/* "views" of a heartbeat, into an open object. */
void orders_put_views(struct buf *out, const struct orders_socket *socket);
