#pragma once
#include "base/err.h"
#include "config.h"
#include "web/metrics.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * One worker: builds the rooms, hands callbacks down, runs the loop, takes all
 * down again.
 * Thread: makes its loop, threads and handles itself, so call it after any
 * fork.
 */
struct app_listen {
    char address[256]; /* as given, without brackets */
    int port;          /* the real one */
    int fds[2];        /* one per address family in use */
    size_t fd_count;
    struct metrics *metrics; /* every worker's, metrics_count of them */
    size_t metrics_count;
    size_t worker; /* this one's index in it */
};

/* Serves until SIGTERM or SIGINT. ready: called once, when it accepts. 0: all
 * answered and closed. again: set when it was SIGHUP that ended it; NULL:
 * SIGHUP is somebody else's to act on. */
int app_serve(const struct config *config, const struct app_listen *listen,
              void (*ready)(void *arg), void *arg, bool *again,
              struct err *err);
