#pragma once
#include "base/err.h"
#include "metrics/roster_list.h"
#include "model/log/machine.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The other machines that serve the same database, as requests see them.
 * Thread: any.
 */
struct machine_port {
    char name[MACHINE_NAME_MAX];   /* this one's */
    char redis[MACHINE_REDIS_MAX]; /* likewise */
    /* Asks those that others[] names for the sockets of a user, and calls
     * found() for each; heard[i]: others[i] has answered. Blocks, for some
     * tenths of a second; not for a loop thread. ERR_UNAVAILABLE: there is no
     * Redis to ask by. */
    int (*ask)(void *arg, int64_t user, const struct machine *others,
               size_t count, bool heard[],
               int (*found)(void *arg, size_t other,
                            const struct roster_socket *socket,
                            struct err *err),
               void *found_arg, struct err *err);
    void *arg;
};
