#pragma once
#include "protocols/orders/socket.h"
#include <stddef.h>
/*
 * Frames in: commands, in one piece or in several, so many a second.
 * Thread: loop thread only. Never blocks.
 */
/* Returns what a callback returns. */
int orders_receive(struct orders_socket *socket, const char *bytes, size_t len);
/* Who has sent far too much is not read until this. */
void orders_read_on(struct orders_socket *socket);
void orders_heard(struct orders_socket *socket);        /* if only a pong */
void orders_message_free(struct orders_socket *socket); /* safe twice */
