#pragma once
#include "store/db.h"
#include <stdint.h>
/*
 * The machines whose daemons serve one database. Each writes its own row; one
 * that has ended, or can't reach the database, is seen no more.
 * Thread: the caller's.
 */
#define MACHINE_NAME_MAX 128 /* with its NUL */
#define MACHINE_VERSION_MAX 32
#define MACHINE_REDIS_MAX 33 /* 32 hex digits and NUL */
#define MACHINES_MAX 64
/* Between two writes of a row, and how old the row of one that serves may be.
 */
#define MACHINE_EVERY_S 5
#define MACHINE_SEEN_S 15
/* How long one that is not seen any more is listed. */
#define MACHINE_LISTED_S 3600

struct machine {
    char name[MACHINE_NAME_MAX]; /* host and port */
    char version[MACHINE_VERSION_MAX];
    int64_t started_us;
    int64_t seen_us; /* by the database's clock */
    int64_t workers;
    int64_t sockets;
    int64_t requests, events, writes; /* thousandths a second */
    char redis[MACHINE_REDIS_MAX];    /* which Redis servers; "": not known */
};

/* Writes it as seen now, and takes out those that are not listed any more. */
int machine_put(struct db *db, const struct machine *machine, struct err *err);
/* How many others serve by other Redis servers, as far as they say; name: of
 * the first, or "". -1: err. */
int machine_apart(struct db *db, const struct machine *machine,
                  char name[MACHINE_NAME_MAX], struct err *err);
/* Those that were seen in the last seconds, by name, at most MACHINES_MAX;
 * returns how many, or -1. */
int machine_list(struct db *db, int seconds,
                 struct machine machines[MACHINES_MAX], struct err *err);
