#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "store/db.h"
/*
 * What ends or narrows a login, told to all workers like an event.
 * As a line in the outbox and on Redis: "C id user kind which time\n" (kind by
 * name; which: the session, token or socket, 0: all of the user's).
 * Thread: the caller's.
 */
enum control_kind {
    CONTROL_SESSION_ENDED,
    CONTROL_TOKEN_ENDED,
    CONTROL_PASSWORD,
    CONTROL_RIGHTS,
    CONTROL_ACTIVE,
    CONTROL_SOCKET_ENDED, /* which: the socket's id (metrics/roster.h), or that
                             of a live view (metrics/view_list.h) */
};
struct control {
    int64_t id;
    int64_t user;
    enum control_kind kind;
    int64_t which;
    int64_t time_us;
};
#define CONTROL_KEPT_S 3600

/* Writes the row and announces it. Id and time are filled in. */
int control_append(struct db *db, struct control *control, struct err *err);
/* At most max entries with id > after, oldest first; returns how many, or -1.*/
int control_read(struct db *db, int64_t after, struct control *controls,
                 int max, struct err *err);
/* The newest id (0: none yet), and the oldest kept. */
int control_range(struct db *db, int64_t *oldest, int64_t *newest,
                  struct err *err);
/* Deletes entries kept long enough, never the newest, at most limit. Returns
 * how many, or -1. */
int control_purge(struct db *db, int limit, struct err *err);
const char *control_kind_name(enum control_kind kind);
void control_encode(struct buf *out, const struct control *control);
/* Reads the line at *cursor and moves behind it. 1: read; 0: end; -1: not a
 * control line (cursor not moved). */
int control_decode(const char **cursor, const char *end,
                   struct control *control);
