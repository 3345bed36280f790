#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "store/db.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * The log: one event per committed change of an order (two for a move), in the
 * owner's stream at the next position, and in the stream of all at its id.
 * As a line in the outbox and on Redis:
 *   "E id owner position kind time body\n", or, where it tells what changed,
 *   "E id owner position kind time len changed body\n"
 * kind: new, update, delete; time in microseconds; body: the order's JSON after
 * the change (no raw newline can stand in it); len: bytes of changed, which is
 * {"price":["1","2"]}: each field that an update changed, before and after.
 * Thread: the caller's. Blocks on the database where it takes one.
 */
enum event_kind { EVENT_NEW, EVENT_UPDATE, EVENT_DELETE };

/* The owner of the stream of all. */
#define STREAM_ALL INT64_C(0)
/* Nothing counts further, in the log and in what Redis says of it: a browser
 * could not, and what is added to a position must not overflow. */
#define POSITION_MAX INT64_C(9007199254740991)

struct event {
    int64_t id; /* position in the stream of all */
    int64_t owner;
    int64_t position; /* in the owner's stream */
    int64_t order_id;
    enum event_kind kind;
    int64_t time_us;
    const char *body; /* borrowed */
    size_t body_len;
    const char *changed; /* borrowed; NULL: it tells nothing of that */
    size_t changed_len;  /* 0 then */
};

/* Whether a log can stand at it; 0: nothing has happened yet. */
bool position_is_sound(int64_t position);
/* Takes the owner's next position, and the next event id, which is its position
 * among those of all; changes the owner's order count by count_change. */
int event_reserve(struct db *db, int64_t owner, int count_change,
                  int64_t *position, int64_t *all_position, struct err *err);
/* event_reserve() of that owner is likely to come: see db_foresee().
 * STREAM_ALL: it is not known whose. */
void event_foresee(struct db *db, int64_t owner);
/* Begins the line of an event whose positions are reserved and whose changed is
 * set; sets its time. The caller appends the body. */
void event_begin(struct db *db, struct buf *line, struct event *event);
/* Whose doing it is. */
struct event_by {
    int64_t user; /* 0: the program itself */
    const char *address;
};
/* Appends the event with what stands in line behind its beginning as its body,
 * and announces it. previous: the order's event before it, 0: none. */
int event_append(struct db *db, struct event *event, struct buf *line,
                 const struct event_by *by, int64_t previous, struct err *err);
/* Notes of an event just appended that it corrects what was final. */
int event_mark_correction(struct db *db, int64_t id, struct err *err);
/* The body of the event that was announced last in this transaction, if it is
 * that one; borrowed from db until the next. NULL: another one, or none. */
const char *event_announced_body(const struct db *db, int64_t id, size_t *len);
typedef int event_fn(void *arg, const struct event *event, struct err *err);
/* Calls fn for at most max events of an owner with position > after, in order;
 * for owner 0 of all with id > after. fn returns 1 to stop early. Returns how
 * many, or -1. */
int event_read(struct db *db, int64_t owner, int64_t after, int max,
               event_fn *fn, void *arg, struct err *err);
/* An event with what it changed. */
struct event_change {
    struct event event;
    int64_t previous;   /* the order's event before it; 0: there is none */
    const char *before; /* that one's body, borrowed; NULL: purged, or none */
    size_t before_len;
};
typedef int event_change_fn(void *arg, const struct event_change *change,
                            struct err *err);
/* As event_read(). */
int event_read_changes(struct db *db, int64_t owner, int64_t after, int max,
                       event_change_fn *fn, void *arg, struct err *err);
const char *event_kind_name(enum event_kind kind); /* "data.new", ... */
/* As it is stored: "new", "update", "delete". -1: none of them. */
int event_kind_read(const char *text, size_t len, enum event_kind *kind);
/* The event as clients see it, one JSON object (an element, where an array is
 * open): {"type","stream":label,"seq","time","changed","order"}; changed only
 * where it is told. seq: the position in the stream that the label names (its
 * id for the stream of all). */
void event_put_json(struct buf *out, const char *label, int64_t seq,
                    const struct event *event);
void event_encode(struct buf *out, const struct event *event);
/* Reads the line at *cursor and moves behind it; event borrows from it. 1:
 * read; 0: end; -1: not an event line (cursor not moved). order_id is 0. */
int event_decode(const char **cursor, const char *end, struct event *event);
/* Deletes events older than kept_s, never the newest of a stream or of an order
 * that is there, at most limit; looks at a bounded number of them behind *at.
 * Moves *at on, back to 0 where no older ones are left. Returns how many it
 * deleted, or -1. */
int event_purge(struct db *db, int64_t kept_s, int limit, int64_t *at,
                struct err *err);
/* The newest one that was ever deleted so; 0: none. */
int event_purged(struct db *db, int64_t *id, struct err *err);
