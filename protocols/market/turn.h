#pragma once
#include "base/err.h"
#include "protocols/host/server.h"
/*
 * The market's part in each turn of the loop: behind all input of the turn, and
 * 1 ms at most each, lines of the feed are taken, and then sessions given what
 * is due; what is left goes on in the next turn.
 * Thread: loop thread only.
 */
/* server: its market, feed and loop. deliver: the socket of a session is to be
 * given frames. Fills server->market_turn. ERR_NOMEM. */
int market_turn_open(struct server *server, void (*deliver)(void *socket),
                     struct err *err);
/* Before the loop's end, which frees it. NULL is fine. */
void market_turn_close(struct market_turn *turn);
/* market_settings.wake: something became due. */
void market_turn_wake(void *server);
