#include "store/sqlite/private.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static struct sqlite_stmt *own(struct db_stmt *stmt)
{
    return (struct sqlite_stmt *)stmt;
}

static sqlite3_stmt *handle_of(const struct db_stmt *stmt)
{
    return ((const struct sqlite_stmt *)stmt)->handle;
}

/* Other engines number by order of appearance: ?1..?n without a gap can be
 * rewritten for them, nothing else can. */
static bool has_plain_parameters(sqlite3_stmt *handle)
{
    int count = sqlite3_bind_parameter_count(handle);
    bool is_plain = true;

    for (int i = 1; i <= count && is_plain; i++) {
        const char *name = sqlite3_bind_parameter_name(handle, i);
        char want[16];

        snprintf(want, sizeof(want), "?%d", i);
        is_plain = name && strcmp(name, want) == 0;
    }
    return is_plain;
}

int sqlite_prepare(struct db_stmt *stmt, struct err *err)
{
    struct sqlite *db = sqlite_of(stmt->db);
    sqlite3_stmt **handle = &own(stmt)->handle;
    const char *tail = stmt->sql;
    int rc = sqlite3_prepare_v3(db->handle, stmt->sql, (int)stmt->sql_len + 1,
                                SQLITE_PREPARE_PERSISTENT, handle, &tail);

    if (rc != SQLITE_OK)
        return sqlite_fail(db, rc, err);
    if (!*handle || tail[strspn(tail, " \n;")])
        return err_set(err, ERR_INTERNAL, "not one statement: %s", stmt->sql);
    if (!has_plain_parameters(*handle))
        return err_set(err, ERR_INTERNAL, "parameters are not ?1..?n: %s",
                       stmt->sql);
    return 0;
}

void sqlite_finalize(struct db_stmt *stmt)
{
    sqlite3_finalize(own(stmt)->handle);
}

void sqlite_reset(struct db_stmt *stmt)
{
    sqlite3_reset(own(stmt)->handle);
    sqlite3_clear_bindings(own(stmt)->handle);
    own(stmt)->rc = SQLITE_OK;
}

/* A value that could not be bound fails the step. */
static void keep_fault(struct db_stmt *stmt, int rc)
{
    if (own(stmt)->rc == SQLITE_OK)
        own(stmt)->rc = rc;
}

void sqlite_bind_int(struct db_stmt *stmt, int n, int64_t value)
{
    keep_fault(stmt, sqlite3_bind_int64(own(stmt)->handle, n, value));
}

void sqlite_bind_text(struct db_stmt *stmt, int n, const char *text, size_t len)
{
    keep_fault(stmt, sqlite3_bind_text64(own(stmt)->handle, n, text, len,
                                         SQLITE_STATIC, SQLITE_UTF8));
}

void sqlite_bind_blob(struct db_stmt *stmt, int n, const void *blob, size_t len)
{
    keep_fault(stmt, sqlite3_bind_blob64(own(stmt)->handle, n, blob, len,
                                         SQLITE_STATIC));
}

void sqlite_bind_null(struct db_stmt *stmt, int n, enum db_type type)
{
    (void)type;
    keep_fault(stmt, sqlite3_bind_null(own(stmt)->handle, n));
}

int sqlite_step(struct db_stmt *stmt, struct err *err)
{
    struct sqlite_stmt *used = own(stmt);
    struct sqlite *db = sqlite_of(stmt->db);

    /* Stepping again after the last row would run it a second time. */
    if (used->rc == SQLITE_DONE)
        return 0;
    if (used->rc == SQLITE_OK && sqlite_has_lost_transaction(db))
        used->rc = SQLITE_ABORT;
    if (used->rc == SQLITE_OK && sqlite_is_late(db))
        used->rc = SQLITE_INTERRUPT;
    if (used->rc == SQLITE_OK || used->rc == SQLITE_ROW)
        used->rc = sqlite3_step(used->handle);
    if (used->rc == SQLITE_ROW)
        return 1;
    return used->rc == SQLITE_DONE ? 0 : sqlite_fail(db, used->rc, err);
}

int64_t sqlite_get_int(const struct db_stmt *stmt, int col)
{
    return sqlite3_column_int64(handle_of(stmt), col);
}

bool sqlite_get_real(const struct db_stmt *stmt, int col, double *number)
{
    int type = sqlite3_column_type(handle_of(stmt), col);

    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
        return false;
    *number = sqlite3_column_double(handle_of(stmt), col);
    return true;
}

const void *sqlite_get_text(const struct db_stmt *stmt, int col, size_t *len)
{
    const void *text = sqlite3_column_text(handle_of(stmt), col);

    *len = text ? (size_t)sqlite3_column_bytes(handle_of(stmt), col) : 0;
    return text;
}

const void *sqlite_get_blob(const struct db_stmt *stmt, int col, size_t *len)
{
    const void *blob = sqlite3_column_blob(handle_of(stmt), col);

    *len = blob ? (size_t)sqlite3_column_bytes(handle_of(stmt), col) : 0;
    return blob;
}

bool sqlite_is_null(const struct db_stmt *stmt, int col)
{
    return sqlite3_column_type(handle_of(stmt), col) == SQLITE_NULL;
}
