#pragma once
#include "protocols/orders/socket.h"
/*
 * When a view may send: its frames are max_rate a second at most, and those of
 * all sockets take turns.
 * Thread: loop thread only.
 */
/* It has something to send. */
void view_pace_ask(struct socket_view *view);
/* What it asked with is gone; what comes in its place asks for itself. */
void view_pace_withdraw(struct socket_view *view);
void view_pace_sent(struct socket_view *view);          /* a frame, now */
void view_pace_set(struct socket_view *view, int rate); /* frames a second */
void view_pace_leave(struct socket_view *view);         /* before it is freed */
