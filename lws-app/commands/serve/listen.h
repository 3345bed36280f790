#pragma once
#include "app.h"
#include "base/err.h"
#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>
/*
 * The listening sockets: made once, by the parent, and kept by it, so that a
 * worker's successor inherits the queue.
 */
#define WORKERS_MAX 64

struct listeners {
    struct app_listen of[WORKERS_MAX];
    size_t count;
    struct metrics *metrics;     /* one slot per worker, shared by all */
    struct roster *roster;       /* likewise */
    struct view_list *view_list; /* likewise */
    struct tls_pair *tls;        /* NULL: plain HTTP */
    bool beyond_loopback;
    /* Of a unix socket ("": there is none), which opener takes away. */
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    pid_t opener;
};

/* text: HOST:PORT, [IPv6]:PORT; port 0 takes a free one, the same for all
 * workers. Or unix:PATH, of mode 0660, in place of one that was left there.
 * What is taken is refused by name. */
int listeners_open(struct listeners *listeners, const char *text, int workers,
                   struct err *err);
/* Takes tls over; what was there is freed. For workers started from now on. */
void listeners_set_tls(struct listeners *listeners, struct tls_pair *tls);
void listeners_close(struct listeners *listeners);
