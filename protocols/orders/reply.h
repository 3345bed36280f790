#pragma once
#include "base/err.h"
#include "protocols/orders/command.h"
#include "protocols/orders/socket.h"
/*
 * What is said to a client beside the events of its streams: each queues one
 * frame. -1: no memory, or too many wait.
 * Thread: loop thread only. Never blocks.
 */
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
