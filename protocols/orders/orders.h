#pragma once
#include "base/err.h"
#include "protocols/host/server.h"
#include <stdint.h>
/*
 * The websocket protocols "orders" and "market", which differ in the stream
 * that is meant where none is named. socket.h is what all its files know;
 * user.h, reply.h, follow.h, quotes.h and login.h stand on that; admit.h,
 * receive.h, write.h and control.h on those; and here they are put together.
 * Thread: loop thread only, save for the run() of jobs.
 */
extern const struct lws_protocols protocol_orders, protocol_market;

/* Fills server->orders. blocked_us: a client may take nothing for so long;
 * silent_us: and say nothing, asked by a ping meanwhile. ERR_NOMEM. */
int orders_open(struct server *server, int64_t blocked_us, int64_t silent_us,
                struct err *err);
void orders_close(struct server *server); /* with no socket left */
/* A connection is no more. slot: its protocol's. */
void orders_forget(struct lws *wsi, void *slot);
