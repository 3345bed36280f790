#pragma once
#include "model/accounts/actor.h"
#include "protocols/orders/socket.h"
/*
 * Whose a socket is.
 * Thread: loop thread only. Never blocks.
 */
/* NULL: nobody of that id has one. */
struct orders_user *orders_user_find(const struct server *server, int64_t id);
/* The login behind the socket is known. -1: the user has as many as he may
 * have, or there is no memory. */
int orders_set_login(struct orders_socket *socket, const struct actor *actor);
void orders_leave_user(struct orders_socket *socket); /* safe twice */
