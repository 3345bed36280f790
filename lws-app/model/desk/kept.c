#include "model/desk/kept.h"

#include <string.h>

#include "base/banned.h"

void kept_init(struct kept *kept)
{
    memset(kept, 0, sizeof(*kept));
    buf_init(&kept->body, KEPT_BODY_MAX);
}

void kept_release(struct kept *kept)
{
    buf_release(&kept->body);
}

static void bind_key(struct db_stmt *stmt, int64_t user, const char *kind,
                     const char *name)
{
    db_bind_int(stmt, 1, user);
    db_bind_str(stmt, 2, kind);
    db_bind_str(stmt, 3, name);
}

int kept_get(struct db *db, int64_t user, const char *kind, const char *name,
             struct kept *kept, struct err *err)
{
    struct db_stmt *stmt = NULL;
    const char *body;
    size_t len;
    int rc;

    if (db_prepare(db,
                   "SELECT body, version, created, updated FROM kept "
                   "WHERE \"user\" = ?1 AND kind = ?2 AND name = ?3",
                   &stmt, err) < 0)
        return -1;
    bind_key(stmt, user, kind, name);
    rc = db_step(stmt, err);
    if (rc == 1) {
        kept->user = user;
        memcpy(kept->name, name, strlen(name) + 1);
        body = db_text(stmt, 0, &len);
        buf_clear(&kept->body);
        buf_put(&kept->body, body, len);
        kept->version = db_int(stmt, 1);
        kept->created_us = db_int(stmt, 2);
        kept->updated_us = db_int(stmt, 3);
        if (buf_check(&kept->body, err) < 0)
            rc = -1;
    }
    db_done(&stmt);
    return rc;
}

int kept_put(struct db *db, const char *kind, struct kept *kept, int64_t now,
             struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (buf_check(&kept->body, err) < 0)
        return -1;
    kept->updated_us = db_time_us(db);
    kept->version = kept->updated_us > now ? kept->updated_us : now + 1;
    if (!now)
        kept->created_us = kept->updated_us;
    if (db_prepare(db,
                   "INSERT INTO kept (\"user\", kind, name, body, version, "
                   "created, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                   "ON CONFLICT (\"user\", kind, name) DO UPDATE SET "
                   "body = excluded.body, version = excluded.version, "
                   "updated = excluded.updated",
                   &stmt, err) < 0)
        return -1;
    bind_key(stmt, kept->user, kind, kept->name);
    db_bind_text(stmt, 4, buf_text(&kept->body), kept->body.len);
    db_bind_int(stmt, 5, kept->version);
    db_bind_int(stmt, 6, kept->created_us);
    db_bind_int(stmt, 7, kept->updated_us);
    return db_run(&stmt, err);
}

int kept_remove(struct db *db, int64_t user, const char *kind, const char *name,
                struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "DELETE FROM kept WHERE \"user\" = ?1 AND kind = ?2 AND "
                   "name = ?3",
                   &stmt, err) < 0)
        return -1;
    bind_key(stmt, user, kind, name);
    return db_run(&stmt, err);
}

int kept_count(struct db *db, int64_t user, const char *kind, int64_t *count,
               struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db,
                   "SELECT count(*) FROM kept WHERE \"user\" = ?1 AND "
                   "kind = ?2",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_str(stmt, 2, kind);
    rc = db_step(stmt, err);
    if (rc == 1)
        *count = db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int kept_each(struct db *db, int64_t user, const char *kind, kept_fn *fn,
              void *arg, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct kept kept;
    int rc;

    if (db_prepare(db,
                   "SELECT \"user\", name, version, created, updated FROM kept "
                   "WHERE \"user\" IN (?1, 0) AND kind = ?2 "
                   "ORDER BY name, \"user\" DESC",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_str(stmt, 2, kind);
    kept_init(&kept);
    while ((rc = db_step(stmt, err)) == 1) {
        kept.user = db_int(stmt, 0);
        db_copy_text(stmt, 1, kept.name, sizeof(kept.name));
        kept.version = db_int(stmt, 2);
        kept.created_us = db_int(stmt, 3);
        kept.updated_us = db_int(stmt, 4);
        rc = fn(arg, &kept, err);
        if (rc < 0)
            break;
    }
    db_done(&stmt);
    return rc;
}

int kept_check_version(const char *what, int64_t now, int64_t wanted,
                       struct err *err)
{
    if (!wanted || wanted == now)
        return 0;
    if (!now)
        return err_set(err, ERR_STALE, "this %s no longer exists", what);
    return err_set(err, ERR_STALE, "the %s is now at version %lld", what,
                   (long long)now);
}
