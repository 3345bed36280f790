#pragma once
#include "protocols/orders/socket.h"
/*
 * Who may open a websocket: rights, rates, Host and Origin.
 * Thread: loop thread only. A login is looked up by a key: in a file at once,
 * on a server by a reader, and the handshake waits.
 */
/* Once its head has been read, and what is not about rights is right: what
 * LWS_CALLBACK_HTTP_CONFIRM_UPGRADE returns. -1: refused and answered. */
int orders_confirm(struct lws *wsi);
/* Of a handshake that was let through: 0: it may go on, with its login, or to
 * log in by a ticket. 1: refused and answered. */
int orders_admit(struct orders_socket *socket);
/* The connection ends, wherever its handshake is. */
void orders_forget_handshake(struct lws *wsi);
