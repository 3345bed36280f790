#pragma once
#include "base/err.h"
#include "protocols/host/server.h"
/*
 * The lws context of one worker, with all protocols on it.
 * Thread: loop thread only.
 */
/* server: its web, tls and loop, and what http_open() and orders_open() make,
 * must be there. Fills context and vhost. */
int context_open(struct server *server, struct err *err);
