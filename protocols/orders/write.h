#pragma once
#include "protocols/orders/socket.h"
/*
 * Frames out: replies first, then what the streams have, then market data, a
 * turn at a time.
 * Thread: loop thread only. Never blocks.
 */
/* The client takes more. Returns what a callback returns. */
int orders_write(struct orders_socket *socket);
void orders_deliver(void *socket); /* hub_hooks.wake; and of the market */
/* For the end of a callback: what it returns. reason: at most 63 bytes. */
int orders_close_now(struct lws *wsi, uint16_t code, const char *reason);
