#pragma once
#include "protocols/orders/command.h"
#include "protocols/orders/socket.h"
/*
 * A ticket that is sent as the first frame.
 * Thread: loop thread only, save for the run() of jobs.
 */
int orders_login(struct orders_socket *socket,
                 const struct orders_command *command);
void orders_login_forget(struct orders_socket *socket); /* safe twice */
