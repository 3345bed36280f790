#pragma once
#include "protocols/orders/command.h"
#include "protocols/orders/socket.h"
/*
 * The streams that a socket follows: joining, catching up, living on.
 * Thread: loop thread only, save for the run() of jobs.
 */
int orders_subscribe(struct orders_socket *socket,
                     const struct orders_command *command);
int orders_unsubscribe(struct orders_socket *socket,
                       const struct orders_command *command);
void orders_unfollow_all(struct orders_socket *socket);
/* The socket has room: what this follow has for it. *frame: borrowed, NULL for
 * nothing; follow_sent() tells it that the frame went out. -1: out of memory.
 */
int follow_next(struct follow *follow, struct frame **frame);
void follow_sent(struct follow *follow);
bool follow_has_more(const struct follow *follow);
