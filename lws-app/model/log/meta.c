#include "model/log/meta.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define IDENTITY_MAX 128

int meta_find(struct db *db, const char *key, char *out, size_t max,
              struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db, "SELECT value FROM meta WHERE key = ?1", &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, key);
    rc = db_step(stmt, err);
    out[0] = '\0';
    if (rc == 1)
        db_copy_text(stmt, 0, out, max);
    db_done(&stmt);
    return rc;
}

static int get(struct db *db, const char *key, char *out, size_t max,
               struct err *err)
{
    int rc = meta_find(db, key, out, max, err);

    if (rc == 0)
        return err_set(err, ERR_MISSING, "meta has no %s", key);
    return rc < 0 ? -1 : 0;
}

int meta_put(struct db *db, const char *key, const char *value, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "INSERT INTO meta (key, value) VALUES (?1, ?2) "
                   "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                   &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, key);
    db_bind_str(stmt, 2, value);
    return db_run(&stmt, err);
}

static int put_new_epoch(struct db *db, struct err *err)
{
    uint8_t random[16];
    char text[META_EPOCH_MAX];

    if (secret_random(random, sizeof(random), err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(text + 2 * i, 3, "%02x", random[i]);
    return meta_put(db, "epoch", text, err);
}

static int put_new_secret(struct db *db, struct err *err)
{
    char text[SECRET_TEXT_MAX];

    if (secret_new(text, err) < 0)
        return -1;
    return meta_put(db, "secret", text, err);
}

static int has(struct db *db, const char *key, struct err *err)
{
    char value[128];

    return meta_find(db, key, value, sizeof(value), err);
}

/* Runs make when key is not there yet. */
static int ensure(struct db *db, const char *key,
                  int (*make)(struct db *db, struct err *err), struct err *err)
{
    int rc = has(db, key, err);

    if (rc == 0)
        return make(db, err);
    return rc < 0 ? -1 : 0;
}

/* A copy of the file would give out the same positions for other changes. */
static int find_identity(struct db *db, char identity[IDENTITY_MAX],
                         char known[IDENTITY_MAX], bool *is_marked,
                         struct err *err)
{
    char marked[8];

    db_identity(db, identity, IDENTITY_MAX);
    if (meta_find(db, "file", known, IDENTITY_MAX, err) < 0 ||
        meta_find(db, "backup", marked, sizeof(marked), err) < 0)
        return -1;
    *is_marked = !strcmp(marked, "yes");
    return 0;
}

static int check_identity(struct db *db, struct err *err)
{
    char identity[IDENTITY_MAX];
    char known[IDENTITY_MAX];
    bool is_marked;

    if (find_identity(db, identity, known, &is_marked, err) < 0)
        return -1;
    if (!strcmp(known, identity) && !is_marked)
        return 0;
    /* Not known: it has just been made. */
    if ((*known || is_marked) && put_new_epoch(db, err) < 0)
        return -1;
    return meta_settle(db, err);
}

/* 1: there is nothing to write, and so no turn to wait for. */
static int is_prepared(struct db *db, struct err *err)
{
    char identity[IDENTITY_MAX];
    char known[IDENTITY_MAX];
    bool is_marked;
    int rc = has(db, "epoch", err);

    if (rc == 1)
        rc = has(db, "secret", err);
    if (rc != 1)
        return rc;
    if (find_identity(db, identity, known, &is_marked, err) < 0)
        return -1;
    return *known && !strcmp(known, identity) && !is_marked;
}

static int in_transaction(struct db *db,
                          int (*fn)(struct db *db, struct err *err),
                          struct err *err)
{
    if (db_begin(db, err) < 0)
        return -1;
    if (fn(db, err) == 0 && db_commit(db, err) == 0)
        return 0;
    db_abort(db);
    return -1;
}

static int prepare(struct db *db, struct err *err)
{
    if (ensure(db, "epoch", put_new_epoch, err) < 0 ||
        ensure(db, "secret", put_new_secret, err) < 0)
        return -1;
    return check_identity(db, err);
}

int meta_prepare(struct db *db, struct meta *meta, struct err *err)
{
    int rc = is_prepared(db, err);

    if (rc < 0 || (rc == 0 && in_transaction(db, prepare, err) < 0))
        return -1;
    return meta_read(db, meta, err);
}

int meta_read(struct db *db, struct meta *meta, struct err *err)
{
    char secret[SECRET_TEXT_MAX + 1]; /* so that a longer one shows */

    if (get(db, "epoch", meta->epoch, sizeof(meta->epoch), err) < 0 ||
        get(db, "secret", secret, sizeof(secret), err) < 0)
        return -1;
    if (secret_decode(secret, strlen(secret), meta->secret,
                      sizeof(meta->secret)) != (int)sizeof(meta->secret))
        return err_set(err, ERR_STORE, "meta holds a broken secret");
    return 0;
}

int meta_new_epoch(struct db *db, struct err *err)
{
    return in_transaction(db, put_new_epoch, err);
}

int meta_settle(struct db *db, struct err *err)
{
    char identity[128];

    db_identity(db, identity, sizeof(identity));
    if (meta_put(db, "backup", "no", err) < 0)
        return -1;
    return meta_put(db, "file", identity, err);
}

static int put_mark(struct db *db, struct err *err)
{
    return meta_put(db, "backup", "yes", err);
}

int meta_mark_backup(struct db *db, struct err *err)
{
    return in_transaction(db, put_mark, err);
}
