#pragma once
#include "protocols/orders/command.h"
#include "protocols/orders/socket.h"
/*
 * Market data on a socket: what it follows, and frames of it.
 * Thread: loop thread only. Never blocks.
 */
int orders_subscribe_market(struct orders_socket *socket,
                            const struct orders_command *command);
int orders_unsubscribe_market(struct orders_socket *socket,
                              const struct orders_command *command);
void orders_unfollow_market(struct orders_socket *socket); /* safe twice */
/* Frames, as long as there are some to be given now and the client takes them.
 * Behind all else that waits: the caller sees to that. *sent: bytes of this
 * turn. -1: no memory, or the connection is at its end. */
int quotes_write(struct orders_socket *socket, size_t *sent, size_t turn);
bool quotes_are_due(const struct orders_socket *socket);
