#pragma once
#include "protocols/orders/socket.h"
#include <stddef.h>
/*
 * Frames in: commands, in one piece or in several, so many a second.
 * Thread: loop thread only. Never blocks.
 */
/* Returns what a callback returns. */
int orders_receive(struct orders_socket *socket, const char *bytes, size_t len);
/* A ping or a pong came. */
void orders_hear_control(struct orders_socket *socket);
/* Once a sweep: who has sent far too much is not read until some of these. */
void orders_read_on(struct orders_socket *socket);
void orders_message_free(struct orders_socket *socket); /* safe twice */
