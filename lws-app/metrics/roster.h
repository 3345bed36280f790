#pragma once
#include "model/accounts/actor.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
/*
 * The open websockets of all workers of this machine, in memory that they
 * share, so that any of them can tell of all. A worker lists its own; a
 * worker and its successor may do so side by side. What one that died has left
 * is taken out by its parent.
 * A socket's id is never another's: ids count on from the time of the start.
 * Thread: adding and removing by a worker's loop thread; the rest by any.
 */
#define ROSTER_WORKER_MAX 114688 /* sockets listed of one worker */
#define ROSTER_NOWHERE UINT32_MAX

struct roster;
struct roster_socket {
    int64_t id;
    size_t worker;
    size_t machine;  /* 0: this one; the rest is whoever's made the list */
    int64_t user;    /* 0: not logged in yet */
    int64_t session; /* one of these, the other 0 */
    int64_t token;
    int64_t opened_us; /* UTC */
    char address[ADDRESS_MAX];
};

/* Shared with processes forked later. NULL: no memory. */
struct roster *roster_map(size_t workers);
void roster_unmap(struct roster *roster); /* NULL is fine */

/* Lists a socket of the worker, opened now, nobody's yet, and gives its place;
 * ROSTER_NOWHERE: there are too many. */
uint32_t roster_add(struct roster *roster, size_t worker, const char *address);
/* The login behind it is known. */
void roster_login(struct roster *roster, size_t worker, uint32_t place,
                  const struct actor *actor);
void roster_remove(struct roster *roster, size_t worker, uint32_t place);
/* The id of the socket at a place; 0: at ROSTER_NOWHERE. */
int64_t roster_id(struct roster *roster, size_t worker, uint32_t place);
/* Takes out what a process that has ended left. */
void roster_forget(struct roster *roster, size_t worker, pid_t process);

/* The next socket, from a walk that began with {0}; false at its end. One that
 * comes or goes meanwhile may be in it or not, but never half of it. */
struct roster_walk {
    size_t worker;
    uint32_t place;
};
bool roster_next(struct roster *roster, struct roster_walk *walk,
                 struct roster_socket *socket);
/* Whether that socket is there and the user's. */
bool roster_has(struct roster *roster, int64_t id, int64_t user);
