#include "model/accounts/audit_chain.h"
#include "base/buf.h"
#include "base/secret.h"
#include "model/log/meta.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define BASE "audit_base"
#define HEAD "audit_head"
#define CHAIN_STEP 4  /* of schema.sql */
#define ROW_MAX 70000 /* bytes of one row's text */

struct mark {
    int64_t id;
    char hash[AUDIT_HASH_MAX];
};

static int read_mark(struct db *db, const char *key, struct mark *mark,
                     struct err *err)
{
    char text[128];
    char *end;
    int rc = meta_find(db, key, text, sizeof(text), err);

    if (rc < 0)
        return -1;
    mark->id = strtoll(text, &end, 10);
    if (rc == 0 || *end != ' ' || strlen(end + 1) != AUDIT_HASH_MAX - 1)
        return err_set(err, ERR_STORE, "meta holds a broken %s", key);
    memcpy(mark->hash, end + 1, AUDIT_HASH_MAX);
    return 0;
}

static int write_mark(struct db *db, const char *key, int64_t id,
                      const char *hash, struct err *err)
{
    char text[128];

    snprintf(text, sizeof(text), "%" PRId64 " %s", id, hash);
    return meta_put(db, key, text, err);
}

#define ROW_SELECT                                                             \
    "SELECT id, time, actor, address, action, subject, detail, hash "          \
    "FROM audit WHERE id >= ?1 ORDER BY id"

/* Only the last of its fields may hold a line break. */
static int hash_row(const struct db_stmt *stmt, const char *before,
                    char hash[AUDIT_HASH_MAX], struct err *err)
{
    uint8_t digest[SECRET_DIGEST];
    struct buf text;
    int rc;

    buf_init(&text, ROW_MAX);
    buf_printf(&text,
               "%s\n%" PRId64 "\n%" PRId64 "\n%" PRId64 "\n%s\n%s\n%" PRId64
               "\n%s",
               before, db_int(stmt, 0), db_int(stmt, 1), db_int(stmt, 2),
               db_text(stmt, 3, NULL), db_text(stmt, 4, NULL), db_int(stmt, 5),
               db_text(stmt, 6, NULL));
    rc = buf_check(&text, err);
    if (rc == 0) {
        secret_sha256(text.data, text.len, digest);
        for (size_t i = 0; i < sizeof(digest); i++)
            snprintf(hash + 2 * i, 3, "%02x", digest[i]);
    }
    buf_release(&text);
    return rc;
}

static int write_hash(struct db *db, int64_t id, const char *hash,
                      struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "UPDATE audit SET hash = ?2 WHERE id = ?1", &stmt, err) <
        0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_str(stmt, 2, hash);
    if (db_run(&stmt, err) < 0)
        return -1;
    return write_mark(db, HEAD, id, hash, err);
}

int audit_chain_append(struct db *db, int64_t id, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct mark head;
    char hash[AUDIT_HASH_MAX] = "";
    int rc;

    if (read_mark(db, HEAD, &head, err) < 0 ||
        db_prepare(db, ROW_SELECT, &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    rc = db_step(stmt, err);
    if (rc == 1)
        rc = hash_row(stmt, head.hash, hash, err);
    db_done(&stmt);
    return rc < 0 ? -1 : write_hash(db, id, hash, err);
}

int audit_chain_head(struct db *db, int64_t *id, struct err *err)
{
    struct mark head;

    if (read_mark(db, HEAD, &head, err) < 0)
        return -1;
    *id = head.id;
    return 0;
}

int audit_chain_cut(struct db *db, int64_t id, const char *hash,
                    struct err *err)
{
    return *hash ? write_mark(db, BASE, id, hash, err) : 0;
}

/* *at: moves on. Returns 1 and a fault where the row does not fit. */
static int check_row(const struct db_stmt *stmt, struct mark *at,
                     char fault[128], struct err *err)
{
    const char *stored = db_is_null(stmt, 7) ? "" : db_text(stmt, 7, NULL);
    int64_t id = db_int(stmt, 0);
    char hash[AUDIT_HASH_MAX];
    bool fits;

    if (hash_row(stmt, at->hash, hash, err) < 0)
        return -1;
    fits = !strcmp(hash, stored);
    snprintf(fault, 128,
             "the audit: row %" PRId64 " is not what was written behind row "
             "%" PRId64,
             id, at->id);
    at->id = id;
    /* On from what is there, so that the next fault is told too. */
    snprintf(at->hash, sizeof(at->hash), "%s", stored);
    return !fits;
}

static int check_rows(struct db *db, struct mark *at, audit_fault_fn *fn,
                      void *arg, struct err *err)
{
    struct db_stmt *stmt = NULL;
    char fault[128];
    int count = 0;
    int rc;

    if (db_prepare(db, ROW_SELECT, &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, at->id + 1);
    while (count < AUDIT_FAULTS_MAX && (rc = db_step(stmt, err)) == 1) {
        rc = check_row(stmt, at, fault, err);
        if (rc < 0)
            break;
        if (rc == 1)
            fn(arg, fault);
        count += rc;
    }
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

int audit_chain_check(struct db *db, audit_fault_fn *fn, void *arg,
                      struct err *err)
{
    struct mark at;
    struct mark head;
    char fault[160];
    int step;
    int count;

    if (db_schema_step(db, &step, err) < 0)
        return -1;
    if (step < CHAIN_STEP)
        return 0; /* of an older version, which made none */
    if (read_mark(db, BASE, &at, err) < 0 ||
        read_mark(db, HEAD, &head, err) < 0)
        return -1;
    count = check_rows(db, &at, fn, arg, err);
    if (count < 0 || count == AUDIT_FAULTS_MAX ||
        (at.id == head.id && !strcmp(at.hash, head.hash)))
        return count;
    snprintf(fault, sizeof(fault),
             "the audit: its newest row is %" PRId64
             ", the last that was written %" PRId64,
             at.id, head.id);
    fn(arg, fault);
    return count + 1;
}
