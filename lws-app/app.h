#pragma once
#include "base/err.h"
#include "config.h"
#include "metrics/metrics.h"
#include "metrics/roster.h"
#include "metrics/view_list.h"
#include "protocols/host/tls.h"
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
    const struct tls_pair *tls; /* NULL: plain HTTP */
    struct metrics *metrics;    /* every worker's, metrics_count of them */
    size_t metrics_count;
    struct roster *roster;       /* every worker's sockets */
    struct view_list *view_list; /* and live views */
    size_t worker;               /* this one's index in it */
};

/* What the caller does for it; arg is handed to both. */
struct app_hooks {
    void (*ready)(void *arg); /* it accepts; called once */
    /* SIGHUP: reads *config and listen->tls anew. -1: they are as they were,
     * and it serves on. NULL: SIGHUP is somebody else's to act on. */
    int (*reload)(void *arg);
    void *arg;
};

/* The settings that only a start would find wrong: names, addresses. */
int app_check(const struct config *config, bool is_tls, struct err *err);
/* Serves until SIGTERM or SIGINT: 0, all answered and closed. 1: likewise, but
 * it was a reload that ended it, or another database: it is to be called again.
 * Called with the signals held (signals.h), and returns so: they are let in
 * while it serves. */
int app_serve(const struct config *config, const struct app_listen *listen,
              const struct app_hooks *hooks, struct err *err);
