#pragma once
#include "base/err.h"
#include "config.h"
#include "protocols/host/server.h"
#include "web/access/market_port.h"
/*
 * One worker's market data, put together: the table, the feed, what requests
 * see of them, and the simulation where it is asked for.
 * Thread: loop thread only, save for the port's put().
 */
struct app_market;

/* Fills server->market. wake: as pools_settings has it. */
int app_market_open(struct app_market **out, struct server *server,
                    const struct config *config, void (*wake)(void *arg),
                    void *arg, struct err *err);
/* Fills server->feed and web->market, begins the turns, and the simulation: the
 * loop must run. */
int app_market_start(struct app_market *market, struct err *err);
/* Now and then: whether the feed is quiet, and what was counted. */
void app_market_look(struct app_market *market);
/* In this order, safe on NULL: before the loop ends; after all sockets have. */
void app_market_stop(struct app_market *market);
void app_market_free(struct app_market *market);
