#pragma once
#include "config.h"
#include "protocols/host/server.h"
#include "web/access/machine_port.h"
/*
 * The machines that serve one database of a server: what this one tells the
 * others of itself, and how it asks them.
 */
struct app_machines {
    struct machine_port port;
    const struct config *config;
    const struct web *web;
    struct metrics *slot;
    int64_t started_us;
    int64_t noted_us; /* monotonic */
    bool is_noting;
    bool is_failing; /* said once */
    int apart;       /* others that are told other Redis servers; likewise */
};

/* Fills web->machines, where there may be others. Loop thread. */
void app_machines_open(struct app_machines *machines, struct server *server,
                       const struct config *config, const char *address,
                       int port);
/* Once a second: has this machine's row written where it is due, by one of its
 * workers. Loop thread. */
void app_machines_look(struct app_machines *machines, struct server *server);
/* relay_config.asked, arg: the server. Loop thread. */
void app_machines_asked(void *arg, int64_t user, struct buf *answer);
