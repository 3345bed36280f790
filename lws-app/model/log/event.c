#include "model/log/event.h"
#include "base/json.h"
#include "base/utf8.h"
#include "model/log/line.h"
#include "model/log/meta.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* In the order of enum event_kind; the stored word stands behind the dot. */
#define KIND_PREFIX_LEN (sizeof("data.") - 1)
static const char *const kind_names[] = {"data.new", "data.update",
                                         "data.delete"};
#define KIND_COUNT (sizeof(kind_names) / sizeof(kind_names[0]))

const char *event_kind_name(enum event_kind kind)
{
    return kind_names[kind];
}

static const char *kind_word(enum event_kind kind)
{
    return kind_names[kind] + KIND_PREFIX_LEN;
}

int event_kind_read(const char *text, size_t len, enum event_kind *kind)
{
    for (size_t i = 0; text && i < KIND_COUNT; i++) {
        const char *word = kind_word((enum event_kind)i);

        if (strlen(word) == len && !memcmp(word, text, len)) {
            *kind = (enum event_kind)i;
            return 0;
        }
    }
    return -1;
}

bool position_is_sound(int64_t position)
{
    return position >= 0 && position <= POSITION_MAX;
}

static bool can_go_on(int64_t position)
{
    return position_is_sound(position) && position < POSITION_MAX;
}

/* Where an owner's stream stands, or the log as a whole: owner 0. What comes
 * after is known before anything is written: a writer is alone, and the newest
 * event is never purged. (RETURNING would say it too, at three times the cost
 * of the statement.) */
struct standing {
    int64_t position; /* 0: nothing has happened yet */
    int64_t order_count;
};
static const char select_position[] =
    "SELECT position, order_count FROM stream WHERE owner = ?1";
static const char select_newest[] = "SELECT MAX(id), 0 FROM event";

static const char *select_standing(int64_t owner)
{
    return owner == STREAM_ALL ? select_newest : select_position;
}

static int prepare_standing(struct db *db, int64_t owner, struct db_stmt **stmt,
                            struct err *err)
{
    if (db_prepare(db, select_standing(owner), stmt, err) < 0)
        return -1;
    if (owner != STREAM_ALL) {
        db_bind_int(*stmt, 1, owner);
        db_bind_key(*stmt, (uint64_t)owner);
    }
    return 0;
}

static int read_standing(struct db *db, int64_t owner,
                         struct standing *standing, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    *standing = (struct standing){.position = 0};
    if (prepare_standing(db, owner, &stmt, err) < 0)
        return -1;
    rc = db_step(stmt, err);
    if (rc == 1) {
        standing->position = db_int(stmt, 0); /* NULL reads as 0 */
        standing->order_count = db_int(stmt, 1);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

void event_foresee(struct db *db, int64_t owner)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (prepare_standing(db, STREAM_ALL, &stmt, &err) == 0)
        db_foresee(&stmt);
    if (owner != STREAM_ALL && prepare_standing(db, owner, &stmt, &err) == 0)
        db_foresee(&stmt);
}

static int find_standing(struct db *db, int64_t owner,
                         struct standing *standing, struct err *err)
{
    const char *kind = select_standing(owner);

    if (!db_recall(db, kind, &owner, sizeof(owner), standing,
                   sizeof(*standing))) {
        if (read_standing(db, owner, standing, err) < 0)
            return -1;
        db_remember(db, kind, &owner, sizeof(owner), standing,
                    sizeof(*standing));
    }
    if (!can_go_on(standing->position))
        return err_set(err, ERR_STORE, "the log stands where none can");
    return 0;
}

static void move_on(struct db *db, int64_t owner,
                    const struct standing *standing)
{
    db_remember_written(db, select_standing(owner), &owner, sizeof(owner),
                        standing, sizeof(*standing));
}

static int write_standing(struct db *db, int64_t owner,
                          const struct standing *standing, struct err *err)
{
    struct db_stmt *stmt = NULL;
    bool is_first = standing->position == 1;
    const char *sql = "UPDATE stream SET position = ?2, order_count = ?3 "
                      "WHERE owner = ?1";

    if (is_first)
        sql = "INSERT INTO stream (owner, position, order_count) "
              "VALUES (?1, ?2, ?3)";
    if (db_prepare(db, sql, &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, owner);
    db_bind_int(stmt, 2, standing->position);
    db_bind_int(stmt, 3, standing->order_count);
    db_bind_key(stmt, (uint64_t)owner);
    if (!is_first)
        db_merge(stmt);
    return db_run(&stmt, err);
}

int event_reserve(struct db *db, int64_t owner, int count_change,
                  int64_t *position, int64_t *all_position, struct err *err)
{
    struct standing own;
    struct standing all;

    if (find_standing(db, owner, &own, err) < 0 ||
        find_standing(db, STREAM_ALL, &all, err) < 0)
        return -1;
    own.position++;
    own.order_count += count_change;
    all.position++;
    if (write_standing(db, owner, &own, err) < 0)
        return -1;
    move_on(db, owner, &own);
    move_on(db, STREAM_ALL, &all);
    *position = own.position;
    *all_position = all.position;
    return 0;
}

static int event_insert(struct db *db, const struct event *event,
                        const struct event_by *by, int64_t previous,
                        struct err *err)
{
    struct db_stmt *stmt = NULL;
    const char *sql = "INSERT INTO event (id, owner, position, order_id, kind, "
                      "actor, address, time, body, previous) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

    if (event->changed)
        sql = "INSERT INTO event (id, owner, position, order_id, kind, "
              "actor, address, time, body, previous, changed) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    if (db_prepare(db, sql, &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, event->id);
    db_bind_int(stmt, 2, event->owner);
    db_bind_int(stmt, 3, event->position);
    db_bind_int(stmt, 4, event->order_id);
    db_bind_str(stmt, 5, kind_word(event->kind));
    db_bind_optional(stmt, 6, by->user, by->user);
    db_bind_str(stmt, 7, by->address);
    db_bind_int(stmt, 8, event->time_us);
    db_bind_text(stmt, 9, event->body, event->body_len);
    db_bind_optional(stmt, 10, previous, previous);
    if (event->changed)
        db_bind_text(stmt, 11, event->changed, event->changed_len);
    db_merge(stmt);
    return db_run(&stmt, err);
}

static void put_head(struct buf *out, const struct event *event)
{
    buf_put_text(out, "E ");
    buf_put_int(out, event->id);
    buf_put_char(out, ' ');
    buf_put_int(out, event->owner);
    buf_put_char(out, ' ');
    buf_put_int(out, event->position);
    buf_put_char(out, ' ');
    buf_put_text(out, kind_word(event->kind));
    buf_put_char(out, ' ');
    buf_put_int(out, event->time_us);
    buf_put_char(out, ' ');
    if (!event->changed)
        return;
    buf_put_int(out, (int64_t)event->changed_len);
    buf_put_char(out, ' ');
    buf_put(out, event->changed, event->changed_len);
    buf_put_char(out, ' ');
}

void event_begin(struct db *db, struct buf *line, struct event *event)
{
    event->time_us = db_time_us(db);
    put_head(line, event);
    event->body_len = line->len; /* where it begins, until it is appended */
}

int event_append(struct db *db, struct event *event, struct buf *line,
                 const struct event_by *by, int64_t previous, struct err *err)
{
    size_t head_len = event->body_len;

    buf_put_char(line, '\n');
    if (buf_check(line, err) < 0)
        return -1;
    event->body = line->data + head_len;
    event->body_len = line->len - head_len - 1;
    if (event_insert(db, event, by, previous, err) < 0)
        return -1;
    return db_announce(db, line->data, line->len, err);
}

int event_mark_correction(struct db *db, int64_t id, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "UPDATE event SET is_correction = 1 WHERE id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    return db_run(&stmt, err);
}

static bool is_object(const char *text, size_t len)
{
    return len >= 2 && text[0] == '{' && text[len - 1] == '}';
}

/* What follows the time: the body, and what changed where a length comes
 * first. */
static int read_told(struct line *line, struct event *event)
{
    int64_t len;

    if (line->at < line->end && *line->at != '{') {
        if (line_int(line, &len) < 0 || len >= line->end - line->at ||
            line->at[len] != ' ')
            return -1;
        event->changed = line->at;
        event->changed_len = (size_t)len;
        line->at += len + 1;
    }
    event->body = line_rest(line, &event->body_len);
    return is_object(event->body, event->body_len) &&
                   (!event->changed ||
                    is_object(event->changed, event->changed_len))
               ? 0
               : -1;
}

static int read_line(struct line *line, struct event *event)
{
    const char *kind;
    size_t kind_len;

    memset(event, 0, sizeof(*event));
    if (line_int(line, &event->id) < 0 || line_int(line, &event->owner) < 0 ||
        line_int(line, &event->position) < 0 ||
        line_word(line, &kind, &kind_len) < 0 ||
        event_kind_read(kind, kind_len, &event->kind) < 0 ||
        line_int(line, &event->time_us) < 0)
        return -1;
    return read_told(line, event);
}

const char *event_announced_body(const struct db *db, int64_t id, size_t *len)
{
    struct event event;
    struct line line;
    size_t lines_len;
    const char *lines = db_announced(db, &lines_len);
    const char *last =
        lines_len > 1 ? memrchr(lines, '\n', lines_len - 1) : NULL;
    const char *start = last ? last + 1 : lines;

    if (!lines_len || line_open(&line, start, lines + lines_len, 'E') < 0 ||
        read_line(&line, &event) < 0 || event.id != id)
        return NULL;
    *len = event.body_len;
    return event.body;
}

static bool is_event_place(const struct event *event)
{
    return event->id > 0 && position_is_sound(event->id) &&
           event->position > 0 && position_is_sound(event->position);
}

#define EVENT_SELECT                                                           \
    "SELECT id, owner, position, order_id, kind, time, body, changed "         \
    "FROM event "

static int event_from_row(const struct db_stmt *stmt, struct event *event,
                          struct err *err)
{
    const char *kind;
    size_t len;

    event->id = db_int(stmt, 0);
    event->owner = db_int(stmt, 1);
    event->position = db_int(stmt, 2);
    event->order_id = db_int(stmt, 3);
    kind = db_text(stmt, 4, &len);
    if (event_kind_read(kind, len, &event->kind) < 0)
        return err_set(err, ERR_STORE, "event %lld is of no known kind",
                       (long long)event->id);
    if (!is_event_place(event))
        return err_set(err, ERR_STORE, "event %lld is where none can be",
                       (long long)event->id);
    event->time_us = db_int(stmt, 5);
    event->body = db_text(stmt, 6, &event->body_len);
    event->changed = NULL;
    event->changed_len = 0;
    if (!db_is_null(stmt, 7))
        event->changed = db_text(stmt, 7, &event->changed_len);
    return 0;
}

/* all: of everybody's events; own: of one owner's. */
static int log_prepare(struct db *db, const char *all, const char *own,
                       int64_t owner, int64_t after, int max,
                       struct db_stmt **stmt, struct err *err)
{
    if (db_prepare(db, owner == STREAM_ALL ? all : own, stmt, err) < 0)
        return -1;
    db_bind_int(*stmt, 1, after);
    db_bind_int(*stmt, 2, max);
    if (owner != STREAM_ALL)
        db_bind_int(*stmt, 3, owner);
    return 0;
}

int event_read(struct db *db, int64_t owner, int64_t after, int max,
               event_fn *fn, void *arg, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct event event;
    int count = 0;
    int rc = -1;

    if (log_prepare(db, EVENT_SELECT "WHERE id > ?1 ORDER BY id LIMIT ?2",
                    EVENT_SELECT "WHERE position > ?1 AND owner = ?3 "
                                 "ORDER BY position LIMIT ?2",
                    owner, after, max, &stmt, err) < 0)
        goto out;
    while ((rc = db_step(stmt, err)) == 1) {
        if (event_from_row(stmt, &event, err) < 0) {
            rc = -1;
            break;
        }
        count++;
        rc = fn(arg, &event, err);
        if (rc)
            break;
    }
out:
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

#define CHANGE_SELECT                                                          \
    "SELECT e.id, e.owner, e.position, e.order_id, e.kind, e.time, e.body, "   \
    "e.changed, e.previous, p.body "                                           \
    "FROM event e LEFT JOIN event p ON p.id = e.previous "

int event_read_changes(struct db *db, int64_t owner, int64_t after, int max,
                       event_change_fn *fn, void *arg, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct event_change change;
    int count = 0;
    int rc =
        log_prepare(db, CHANGE_SELECT "WHERE e.id > ?1 ORDER BY e.id LIMIT ?2",
                    CHANGE_SELECT "WHERE e.position > ?1 AND e.owner = ?3 "
                                  "ORDER BY e.position LIMIT ?2",
                    owner, after, max, &stmt, err);

    while (rc == 0 && (rc = db_step(stmt, err)) == 1) {
        rc = event_from_row(stmt, &change.event, err);
        if (rc < 0)
            break;
        change.previous = db_int(stmt, 8);
        change.before = NULL;
        if (!db_is_null(stmt, 9))
            change.before = db_text(stmt, 9, &change.before_len);
        count++;
        rc = fn(arg, &change, err);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

void event_put_json(struct buf *out, const char *label, int64_t seq,
                    const struct event *event)
{
    json_open(out);
    json_put_str(out, "type", event_kind_name(event->kind));
    json_put_str(out, "stream", label);
    json_put_int(out, "seq", seq);
    json_put_time(out, "time", event->time_us);
    if (event->changed)
        json_put_raw(out, "changed", event->changed, event->changed_len);
    json_put_raw(out, "order", event->body, event->body_len);
    json_close(out);
}

void event_encode(struct buf *out, const struct event *event)
{
    put_head(out, event);
    buf_put(out, event->body, event->body_len);
    buf_put_char(out, '\n');
}

/* All of it goes out in text frames as it came in: at the least it must be
 * UTF-8 and look like objects. */
int event_decode(const char **cursor, const char *end, struct event *event)
{
    struct line line;
    const char *told;

    if (*cursor == end)
        return 0;
    if (line_open(&line, *cursor, end, 'E') < 0 || read_line(&line, event) < 0)
        return -1;
    told = event->changed ? event->changed : event->body;
    if (event->owner < 1 || !is_event_place(event) ||
        !utf8_is_valid(told, (size_t)(line.end - told)))
        return -1;
    *cursor = line.next;
    return 1;
}

/* What a purge has found behind where it began. */
struct purge_walk {
    int64_t to;     /* the last one looked at; 0: none */
    int64_t newest; /* of those to be deleted; 0: none */
    int count;
    bool is_at_end; /* no older ones follow */
};

#define PURGE_LOOKED 20 /* times as many as are deleted */

/* Neither the newest of its stream nor that of an order: what an order was
 * before its next change is needed by all who follow it (live/views.h). */
#define IS_OUT_OF_USE                                                          \
    "event.position < (SELECT s.position FROM stream s "                       \
    "WHERE s.owner = event.owner) AND NOT EXISTS (SELECT 1 FROM orders o "     \
    "WHERE o.all_position = event.id)"

/* Events of the kept time end it, so that it never walks the whole log. */
static int purge_walk(struct db *db, int64_t at, int64_t before_us, int limit,
                      struct purge_walk *walk, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t looked = 0;
    int rc = 0;

    *walk = (struct purge_walk){.to = 0};
    if (db_prepare(db,
                   "SELECT id, time, " IS_OUT_OF_USE
                   " FROM event WHERE id > ?1 ORDER BY id",
                   &stmt, err) < 0)
        return -1;
    db_expect_many(stmt);
    db_bind_int(stmt, 1, at);
    while (walk->count < limit && looked++ < (int64_t)limit * PURGE_LOOKED) {
        rc = db_step(stmt, err);
        if (rc != 1 || db_int(stmt, 1) >= before_us) {
            walk->is_at_end = true;
            break;
        }
        walk->to = db_int(stmt, 0);
        if (db_int(stmt, 2)) {
            walk->newest = walk->to;
            walk->count++;
        }
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static int purge_between(struct db *db, int64_t after, int64_t to,
                         int64_t before_us, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "DELETE FROM event WHERE id > ?1 AND id <= ?2 AND time < ?3 "
                   "AND " IS_OUT_OF_USE,
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, after);
    db_bind_int(stmt, 2, to);
    db_bind_int(stmt, 3, before_us);
    if (db_run(&stmt, err) < 0)
        return -1;
    return (int)db_changes(db);
}

#define PURGED_KEY "event_purged"

int event_purged(struct db *db, int64_t *id, struct err *err)
{
    char text[32];

    if (meta_find(db, PURGED_KEY, text, sizeof(text), err) < 0)
        return -1;
    *id = strtoll(text, NULL, 10);
    return 0;
}

static int note_purged(struct db *db, int64_t id, struct err *err)
{
    int64_t known;
    char text[32];

    if (event_purged(db, &known, err) < 0)
        return -1;
    if (id <= known)
        return 0;
    snprintf(text, sizeof(text), "%" PRId64, id);
    return meta_put(db, PURGED_KEY, text, err);
}

int event_purge(struct db *db, int64_t kept_s, int limit, int64_t *at,
                struct err *err)
{
    int64_t before_us = db_time_us(db) - kept_s * 1000000;
    struct purge_walk walk;
    int count = 0;

    if (purge_walk(db, *at, before_us, limit, &walk, err) < 0)
        return -1;
    if (walk.count) {
        count = purge_between(db, *at, walk.newest, before_us, err);
        if (count < 0 || note_purged(db, walk.newest, err) < 0)
            return -1;
    }
    *at = walk.is_at_end ? 0 : walk.to;
    return count;
}
