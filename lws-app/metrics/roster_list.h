#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "metrics/roster.h"
/*
 * A user's open websockets, and how one machine tells another of them:
 * "S id worker session token opened address\n" each.
 * Thread: any, of a list that no other uses. Never blocks.
 */
struct roster_list {
    struct roster_socket *sockets; /* owned */
    size_t count;
    size_t cap;
};

void roster_list_release(struct roster_list *list); /* safe on a zeroed one */
int roster_list_add(struct roster_list *list,
                    const struct roster_socket *socket, struct err *err);
/* Adds the user's sockets on this machine. */
int roster_list_find(struct roster_list *list, struct roster *roster,
                     int64_t user, struct err *err);
/* The newest first. */
void roster_list_sort(struct roster_list *list);
/* The first max of them. */
void roster_list_encode(const struct roster_list *list, size_t max,
                        struct buf *out);
/* Reads the line at *cursor and moves behind it. 1: read, but for the user; 0:
 * end; -1: not such a line (cursor not moved). */
int roster_socket_decode(const char **cursor, const char *end,
                         struct roster_socket *socket);
