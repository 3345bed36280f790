#pragma once
#include "model/log/control.h"
#include "protocols/orders/socket.h"
/*
 * What happens to many sockets: logins that end, heartbeats, going away.
 * Thread: loop thread only, save for the run() of jobs.
 */
void orders_control(struct server *server, const struct control *control);
/* The control log was missed: every login is read again. */
void orders_recheck(struct server *server);
/* Once or twice a second: heartbeats, expiry, clients that say or read
 * nothing. */
void orders_sweep(struct server *server);
/* Announces the end with a delay of its own to each, then 1001. */
void orders_shutdown(struct server *server);
