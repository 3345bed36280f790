#pragma once
#include "protocols/orders/socket.h"
/*
 * Who may open a websocket: rights, rates, Host and Origin.
 * Thread: loop thread only. Blocks on the database for a look-up by a key.
 */
/* 0: it may go on, with its login, or to log in by a ticket. 1: refused and
 * answered. */
int orders_admit(struct orders_socket *socket);
