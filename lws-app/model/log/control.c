#include "model/log/control.h"
#include "model/log/event.h"
#include "model/log/line.h"
#include <string.h>

#include "base/banned.h"

/* In the order of enum control_kind. */
static const char *const kind_names[] = {"session_ended", "token_ended",
                                         "password",      "rights",
                                         "active",        "socket_ended"};
#define KIND_COUNT (sizeof(kind_names) / sizeof(kind_names[0]))
#define LINE_MAX 128

const char *control_kind_name(enum control_kind kind)
{
    return kind_names[kind];
}

static int kind_parse(const char *text, size_t len, enum control_kind *kind)
{
    for (size_t i = 0; text && i < KIND_COUNT; i++) {
        if (strlen(kind_names[i]) == len && !memcmp(kind_names[i], text, len)) {
            *kind = (enum control_kind)i;
            return 0;
        }
    }
    return -1;
}

static int control_insert(struct db *db, struct control *control,
                          struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (db_prepare(db,
                   "INSERT INTO control (\"user\", kind, which, time) "
                   "VALUES (?1, ?2, ?3, ?4) RETURNING id",
                   &stmt, err) < 0)
        goto out;
    db_bind_int(stmt, 1, control->user);
    db_bind_str(stmt, 2, control_kind_name(control->kind));
    db_bind_optional(stmt, 3, control->which, control->which);
    db_bind_int(stmt, 4, control->time_us);
    rc = db_step(stmt, err);
    if (rc == 0)
        rc = err_set(err, ERR_STORE, "no id for a control entry");
    if (rc < 0)
        goto out;
    control->id = db_int(stmt, 0);
    rc = db_run(&stmt, err);
out:
    db_done(&stmt);
    return rc;
}

int control_append(struct db *db, struct control *control, struct err *err)
{
    struct buf line;
    int rc = -1;

    buf_init(&line, LINE_MAX);
    control->time_us = db_time_us(db);
    if (control_insert(db, control, err) < 0)
        goto out;
    control_encode(&line, control);
    if (buf_check(&line, err) < 0)
        goto out;
    rc = db_announce(db, line.data, line.len, err);
out:
    buf_release(&line);
    return rc;
}

int control_read(struct db *db, int64_t after, struct control *controls,
                 int max, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc = -1;

    if (db_prepare(db,
                   "SELECT id, \"user\", kind, which, time FROM control "
                   "WHERE id > ?1 ORDER BY id LIMIT ?2",
                   &stmt, err) < 0)
        goto out;
    db_bind_int(stmt, 1, after);
    db_bind_int(stmt, 2, max);
    rc = 0;
    while (count < max && (rc = db_step(stmt, err)) == 1) {
        struct control *control = &controls[count++];
        const char *kind;
        size_t len;

        control->id = db_int(stmt, 0);
        control->user = db_int(stmt, 1);
        kind = db_text(stmt, 2, &len);
        if (!position_is_sound(control->id)) {
            rc = err_set(err, ERR_STORE, "control %lld is where none can be",
                         (long long)control->id);
            break;
        }
        if (kind_parse(kind, len, &control->kind) < 0) {
            rc = err_set(err, ERR_STORE, "control %lld is of no known kind",
                         (long long)control->id);
            break;
        }
        control->which = db_is_null(stmt, 3) ? 0 : db_int(stmt, 3);
        control->time_us = db_int(stmt, 4);
    }
out:
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

int control_range(struct db *db, int64_t *oldest, int64_t *newest,
                  struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (db_prepare(db,
                   "SELECT (SELECT COALESCE(MIN(id), 0) FROM control), "
                   "(SELECT COALESCE(MAX(id), 0) FROM control)",
                   &stmt, err) < 0)
        goto out;
    rc = db_step(stmt, err);
    if (rc == 1) {
        *oldest = db_int(stmt, 0);
        *newest = db_int(stmt, 1);
        if (!position_is_sound(*newest))
            rc = err_set(err, ERR_STORE, "the controls end where none can");
    }
out:
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int control_purge(struct db *db, int limit, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "DELETE FROM control WHERE id IN (SELECT c.id "
                   "FROM control c WHERE c.time < ?1 "
                   "AND c.id < (SELECT MAX(n.id) FROM control n) "
                   "ORDER BY c.time LIMIT ?2)",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, db_time_us(db) - CONTROL_KEPT_S * INT64_C(1000000));
    db_bind_int(stmt, 2, limit);
    if (db_run(&stmt, err) < 0)
        return -1;
    return (int)db_changes(db);
}

void control_encode(struct buf *out, const struct control *control)
{
    buf_put_text(out, "C ");
    buf_put_int(out, control->id);
    buf_put_char(out, ' ');
    buf_put_int(out, control->user);
    buf_put_char(out, ' ');
    buf_put_text(out, control_kind_name(control->kind));
    buf_put_char(out, ' ');
    buf_put_int(out, control->which);
    buf_put_char(out, ' ');
    buf_put_int(out, control->time_us);
    buf_put_char(out, '\n');
}

int control_decode(const char **cursor, const char *end,
                   struct control *control)
{
    struct line line;
    const char *kind;
    size_t len;

    if (*cursor == end)
        return 0;
    if (line_open(&line, *cursor, end, 'C') < 0 ||
        line_int(&line, &control->id) < 0 ||
        line_int(&line, &control->user) < 0 ||
        line_word(&line, &kind, &len) < 0 ||
        kind_parse(kind, len, &control->kind) < 0 ||
        line_int(&line, &control->which) < 0 ||
        line_int(&line, &control->time_us) < 0 || line.at != line.end ||
        control->id < 1 || !position_is_sound(control->id) || control->user < 1)
        return -1;
    *cursor = line.next;
    return 1;
}
