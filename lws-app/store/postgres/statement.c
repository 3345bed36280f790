#include "base/mem.h"
#include "store/postgres/private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define PARAMS_MAX 1000
#define PART_ROWS 500 /* of a cursor, at once; fetch says so too */
static const char fetch[] = "FETCH 500 FROM c";

static struct pg_stmt *own(struct db_stmt *stmt)
{
    return (struct pg_stmt *)stmt;
}

static const struct pg_stmt *seen(const struct db_stmt *stmt)
{
    return (const struct pg_stmt *)stmt;
}

/* -------------------------------------------------------------- preparing */

/* ?1 is $1, save within quotes. Returns the highest number, -1: none of ours.
 */
static int translate(const char *sql, char *out)
{
    char quote = '\0';
    int count = 0;

    for (; *sql; sql++) {
        *out++ = *sql;
        if (quote) {
            quote = *sql == quote ? '\0' : quote;
        } else if (*sql == '\'' || *sql == '"') {
            quote = *sql;
        } else if (*sql == '?') {
            long number = strtol(sql + 1, NULL, 10);

            if (!isdigit((unsigned char)sql[1]) || number < 1 ||
                number > PARAMS_MAX)
                return -1;
            out[-1] = '$';
            if (number > count)
                count = (int)number;
        }
    }
    *out = '\0';
    return count;
}

static struct pg_plan *plan_new(struct pg *pg, const char *sql, size_t len,
                                struct err *err)
{
    struct pg_plan *plan = mem_zalloc(sizeof(*plan) + len + 1);

    if (!plan) {
        err_set(err, ERR_NOMEM, "out of memory for a statement");
        return NULL;
    }
    plan->refs = 1;
    plan->param_count = translate(sql, plan->sql);
    if (plan->param_count < 0) {
        err_set(err, ERR_INTERNAL, "parameters are not ?1..?n: %s", sql);
        pg_plan_unref(pg, plan);
        return NULL;
    }
    plan->number = ++pg->last_number;
    return plan;
}

int pg_prepare(struct db_stmt *stmt, struct err *err)
{
    struct pg_stmt *made = own(stmt);
    size_t count;

    buf_init(&made->bytes, SIZE_MAX);
    made->row = -1;
    made->plan = plan_new(pg_of(stmt->db), stmt->sql, stmt->sql_len, err);
    if (!made->plan)
        return -1;
    count = (size_t)made->plan->param_count;
    made->binds = mem_zalloc((count + 1) * sizeof(*made->binds));
    if (!made->binds)
        return err_set(err, ERR_NOMEM, "out of memory for parameters");
    return 0;
}

void pg_finalize(struct db_stmt *stmt)
{
    struct pg_stmt *used = own(stmt);

    pg_reset(stmt);
    buf_release(&used->bytes);
    mem_free(used->blobs);
    mem_free(used->binds);
    pg_plan_unref(pg_of(stmt->db), used->plan);
}

void pg_expect_many(struct db_stmt *stmt)
{
    own(stmt)->is_long = true;
}

/* It ends with its transaction, and with a savepoint that is rolled back. */
static void close_cursor(struct pg_stmt *stmt)
{
    struct pg *pg = pg_of(stmt->stmt.db);
    struct err err = ERR_INIT;

    if (stmt->cursor && pg->is_open && !pg->is_lost &&
        stmt->transaction == pg->transaction && pg->db.depth >= stmt->depth &&
        pg_add_text(pg, "CLOSE c", stmt->cursor, &err) == 0)
        pg->ops[pg->op_count - 1].is_read = true;
    stmt->cursor = 0;
}

static void drop_result(struct pg_stmt *stmt)
{
    if (!stmt->answer)
        PQclear(stmt->result);
    pg_answer_unref(stmt->answer);
    stmt->answer = NULL;
    stmt->result = NULL;
    stmt->row = -1;
}

void pg_reset(struct db_stmt *stmt)
{
    struct pg_stmt *used = own(stmt);

    close_cursor(used);
    used->is_long = false;
    drop_result(used);
    used->is_over = false;
    used->key_count = 0;
    used->may_merge = false;
    if (used->binds)
        memset(used->binds, 0,
               (size_t)used->plan->param_count * sizeof(*used->binds));
}

/* ---------------------------------------------------------------- binding */

static void bind(struct db_stmt *stmt, int n, struct pg_bind value)
{
    struct pg_stmt *used = own(stmt);

    if (n >= 1 && n <= used->plan->param_count)
        used->binds[n - 1] = value;
}

void pg_bind_int(struct db_stmt *stmt, int n, int64_t value)
{
    bind(stmt, n, (struct pg_bind){PG_INT8, true, .number = value});
}

void pg_bind_text(struct db_stmt *stmt, int n, const char *text, size_t len)
{
    bind(stmt, n, (struct pg_bind){PG_TEXT, true, .bytes = text, .len = len});
}

void pg_bind_blob(struct db_stmt *stmt, int n, const void *blob, size_t len)
{
    bind(stmt, n, (struct pg_bind){PG_BYTEA, true, .bytes = blob, .len = len});
}

void pg_bind_null(struct db_stmt *stmt, int n, enum db_type type)
{
    static const Oid types[] = {
        [DB_ANY] = 0, [DB_INT] = PG_INT8, [DB_TEXT] = PG_TEXT};

    bind(stmt, n, (struct pg_bind){.type = types[type]});
}

void pg_bind_key(struct db_stmt *stmt, uint64_t key)
{
    struct pg_stmt *used = own(stmt);

    if (used->key_count < DB_KEYS_MAX)
        used->keys[used->key_count++] = key;
}

void pg_merge_stmt(struct db_stmt *stmt)
{
    own(stmt)->may_merge = true;
}

/* Declared once, by the first values: from constants beside them the server
 * would make the wrong ones. */
static int declare(struct pg_stmt *stmt, struct err *err)
{
    struct pg_plan *plan = stmt->plan;

    if (plan->types)
        return 0;
    plan->types = mem_alloc((size_t)(plan->param_count + 1) * sizeof(Oid));
    if (!plan->types)
        return err_set(err, ERR_NOMEM, "out of memory for parameters");
    for (int i = 0; i < plan->param_count; i++)
        plan->types[i] = stmt->binds[i].type;
    return 0;
}

#define INT_BYTES 24 /* of a number: 8, or as text, with its NUL */

static size_t value_size(const struct pg_bind *bind)
{
    return !bind->has_value ? 0 : bind->type == PG_INT8 ? INT_BYTES : bind->len;
}

static void put_big_endian(char *at, int64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *at++ = (char)((uint64_t)number >> shift);
}

/* Numbers as text where they were declared to be something else. */
static void put_value(struct pg_op *op, int i, const struct pg_bind *bind,
                      char **at)
{
    bool is_int = bind->type == PG_INT8;

    if (!bind->has_value)
        return;
    op->values[i] = *at;
    op->formats[i] = !is_int || op->plan->types[i] == PG_INT8;
    op->lengths[i] = is_int ? (int)sizeof(bind->number) : (int)bind->len;
    if (!is_int)
        memcpy(*at, bind->bytes, bind->len);
    else if (op->formats[i])
        put_big_endian(*at, bind->number);
    else
        snprintf(*at, INT_BYTES, "%lld", (long long)bind->number);
    *at += value_size(bind);
}

static int put_values(struct pg_op *op, const struct pg_stmt *stmt,
                      struct err *err)
{
    size_t count = (size_t)stmt->plan->param_count;
    size_t size = count * (sizeof(*op->values) + 2 * sizeof(int));
    char *at;

    if (!count)
        return 0;
    for (size_t i = 0; i < count; i++)
        size += value_size(&stmt->binds[i]);
    op->values = mem_zalloc(size);
    if (!op->values)
        return err_set(err, ERR_NOMEM, "out of memory for parameters");
    op->lengths = (int *)(op->values + count);
    op->formats = op->lengths + count;
    at = (char *)(op->formats + count);
    for (size_t i = 0; i < count; i++)
        put_value(op, (int)i, &stmt->binds[i], &at);
    return 0;
}

/* ---------------------------------------------------------------- running */

bool pg_is_read(const char *sql)
{
    return strncmp(sql, "SELECT", 6) == 0;
}

int pg_enqueue(struct pg_stmt *stmt, struct err *err)
{
    struct pg *pg = pg_of(stmt->stmt.db);
    size_t before = pg->op_count;
    struct pg_op *op;

    if (declare(stmt, err) < 0)
        return -1;
    op = pg_add(pg, stmt->plan, err);
    if (!op)
        return -1;
    op->is_read = pg_is_read(stmt->stmt.sql);
    op->may_merge = stmt->may_merge;
    op->has_key = stmt->key_count > 0;
    op->key = stmt->keys[0];
    if (put_values(op, stmt, err) < 0) {
        pg_cut(pg, before);
        return -1;
    }
    if (!op->is_read)
        pg_note_written(stmt);
    return 0;
}

static int enqueue_fetch(struct pg_stmt *stmt, struct err *err)
{
    struct pg *pg = pg_of(stmt->stmt.db);

    if (pg_add_text(pg, fetch, stmt->cursor, err) < 0)
        return -1;
    pg->ops[pg->op_count - 1].is_read = true;
    return 0;
}

static int enqueue_cursor(struct pg_stmt *stmt, struct err *err)
{
    struct pg *pg = pg_of(stmt->stmt.db);
    size_t before = pg->op_count;
    size_t size = strlen(stmt->plan->sql) + 64;
    char *text;

    if (pg_enqueue(stmt, err) < 0)
        return -1;
    text = mem_alloc(size);
    if (text)
        snprintf(text, size, "DECLARE c%u NO SCROLL CURSOR FOR %s",
                 ++pg->last_cursor, stmt->plan->sql);
    else
        err_set(err, ERR_NOMEM, "out of memory for a cursor");
    pg->ops[pg->op_count - 1].cursor = text;
    stmt->cursor = pg->last_cursor;
    if (text && enqueue_fetch(stmt, err) == 0) {
        stmt->transaction = pg->transaction;
        stmt->depth = pg->db.depth;
        return 0;
    }
    stmt->cursor = 0;
    pg_cut(pg, before);
    return -1;
}

static int execute(struct pg_stmt *stmt, struct err *err)
{
    struct pg *pg = pg_of(stmt->stmt.db);

    if (pg_ensure(pg, err) < 0 || pg_set_timeout(pg, err) < 0 ||
        (stmt->is_long && pg->is_open ? enqueue_cursor(stmt, err)
                                      : pg_enqueue(stmt, err)) < 0)
        return -1;
    return pg_flush(pg, &stmt->result, err);
}

/* The next part of what a cursor gives. */
static int fetch_more(struct pg_stmt *stmt, struct err *err)
{
    struct pg *pg = pg_of(stmt->stmt.db);

    drop_result(stmt);
    if (stmt->transaction != pg->transaction)
        return err_set(err, ERR_INTERNAL, "a cursor outlived its transaction");
    if (pg_set_timeout(pg, err) < 0 || enqueue_fetch(stmt, err) < 0)
        return -1;
    return pg_flush(pg, &stmt->result, err);
}

int pg_run(struct db_stmt *stmt, struct err *err)
{
    /* Outside a transaction it is committed at once, and told at once. */
    if (stmt->db->is_writing && !own(stmt)->result && !pg_is_read(stmt->sql))
        return pg_enqueue(own(stmt), err);
    return own(stmt)->result ? 0 : execute(own(stmt), err);
}

/* Two digits a byte behind "\x". */
static size_t decode(const char *hex, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t count = 0;

    for (size_t i = 2; i + 1 < len; i += 2) {
        const char *high = memchr(digits, hex[i], 16);
        const char *low = memchr(digits, hex[i + 1], 16);

        if (!high || !low)
            break;
        out[count++] = (char)((high - digits) << 4 | (low - digits));
    }
    return count;
}

/* Where each blob of the row begins; their length is known from the digits. */
static int decode_blobs(struct pg_stmt *stmt, struct err *err)
{
    const PGresult *result = stmt->result;
    int count = PQnfields(result);
    size_t size = 0;
    char *at;

    for (int i = 0; i < count; i++)
        if (PQftype(result, i) == PG_BYTEA)
            size += (size_t)PQgetlength(result, stmt->row, i) / 2 + 1;
    if (!size)
        return 0;
    if (!stmt->blobs)
        stmt->blobs = mem_zalloc((size_t)count * sizeof(*stmt->blobs));
    buf_clear(&stmt->bytes);
    at = buf_reserve(&stmt->bytes, size);
    if (!stmt->blobs || !at)
        return err_set(err, ERR_NOMEM, "out of memory for a row");
    for (int i = 0; i < count; i++) {
        if (PQftype(result, i) != PG_BYTEA)
            continue;
        stmt->blobs[i] = at;
        at += decode(PQgetvalue(result, stmt->row, i),
                     (size_t)PQgetlength(result, stmt->row, i), at);
    }
    return 0;
}

static int find_result(struct pg_stmt *stmt, struct err *err)
{
    int rc = pg_take_foreseen(stmt, err);

    return rc == 0 ? execute(stmt, err) : rc;
}

int pg_step(struct db_stmt *stmt, struct err *err)
{
    struct pg_stmt *used = own(stmt);

    if (used->is_over)
        return 0;
    if (!used->result && find_result(used, err) < 0)
        return -1;
    if (used->cursor && used->row == PART_ROWS - 1 && fetch_more(used, err) < 0)
        return -1;
    if (++used->row < PQntuples(used->result))
        return decode_blobs(used, err) < 0 ? -1 : 1;
    used->is_over = true;
    return 0;
}

/* ---------------------------------------------------------------- columns */

static bool has_value(const struct pg_stmt *stmt, int col)
{
    return stmt->result && stmt->row >= 0 &&
           stmt->row < PQntuples(stmt->result) &&
           col < PQnfields(stmt->result) &&
           !PQgetisnull(stmt->result, stmt->row, col);
}

static const char *value(const struct pg_stmt *stmt, int col)
{
    return has_value(stmt, col) ? PQgetvalue(stmt->result, stmt->row, col) : "";
}

int64_t pg_get_int(const struct db_stmt *stmt, int col)
{
    const char *text = value(seen(stmt), col);

    if (*text && PQftype(seen(stmt)->result, col) == PG_BOOL)
        return *text == 't';
    return strtoll(text, NULL, 10);
}

bool pg_get_real(const struct db_stmt *stmt, int col, double *number)
{
    const char *text = value(seen(stmt), col);
    char *end;

    *number = strtod(text, &end);
    return end > text && !*end;
}

const void *pg_get_text(const struct db_stmt *stmt, int col, size_t *len)
{
    *len = 0;
    if (!has_value(seen(stmt), col))
        return NULL;
    *len = (size_t)PQgetlength(seen(stmt)->result, seen(stmt)->row, col);
    return value(seen(stmt), col);
}

const void *pg_get_blob(const struct db_stmt *stmt, int col, size_t *len)
{
    const void *text = pg_get_text(stmt, col, len);

    if (!text || PQftype(seen(stmt)->result, col) != PG_BYTEA)
        return text;
    *len = (*len - 2) / 2;
    return seen(stmt)->blobs[col];
}

bool pg_is_null(const struct db_stmt *stmt, int col)
{
    return !has_value(seen(stmt), col);
}
