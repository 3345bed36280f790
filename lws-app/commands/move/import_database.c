#include "base/clock.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/import/import_run.h"
#include "commands/move/move_file.h"
#include "commands/move/move_tables.h"
#include "commands/move/unserved.h"
#include "schema.h"
#include "store/migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* Rows that a server gets in one trip. */
#define BATCH_ROWS 500
#define BATCH_BYTES ((size_t)4 << 20)

struct import {
    struct import_run run; /* how far it is */
    struct move_tables *tables;
    struct move_reader *reader;
    int lock;
    const char *path;
    char word[MOVE_WORD_MAX]; /* the first of the line at hand */
    /* The table at hand. */
    const struct move_table *table;
    struct buf sql;
    int64_t last_id;
    struct move_value values[BATCH_ROWS][MOVE_COLUMNS_MAX];
    size_t count;
};

/* ------------------------------------------------------------------- rows */

static int read_row(struct import *import, struct err *err)
{
    const struct move_table *table = import->table;
    struct move_value *values = import->values[import->count];

    for (size_t i = 0; i < table->column_count; i++) {
        if (i && move_is_end_of_line(import->reader))
            return move_fail_damaged(import->reader, err);
        if (move_get_value(import->reader, table->kinds[i], &values[i], err) <
            0)
            return -1;
    }
    if (table->is_numbered &&
        values[move_id_column(table)].number > import->last_id)
        import->last_id = values[move_id_column(table)].number;
    import->count++;
    return move_check_end_of_line(import->reader, err);
}

/* Up to a batch of rows, and the first word behind them. */
static int read_rows(struct import *import, struct err *err)
{
    import->count = 0;
    move_clear(import->reader);
    while (import->count < BATCH_ROWS &&
           move_kept(import->reader) < BATCH_BYTES) {
        if (move_get_word(import->reader, import->word, err) < 0)
            return -1;
        if (strcmp(import->word, "row") != 0)
            return 0;
        if (read_row(import, err) < 0)
            return -1;
    }
    return 0;
}

static void bind_value(struct db_stmt *stmt, int n, char kind,
                       const struct move_value *value, const char *bytes)
{
    if (kind == 'i')
        db_bind_optional(stmt, n, !value->is_null, value->number);
    else if (value->is_null)
        db_bind_str(stmt, n, NULL);
    else if (kind == 't')
        db_bind_text(stmt, n, bytes + value->at, value->len);
    else
        db_bind_blob(stmt, n, bytes + value->at, value->len);
}

static int insert_row(struct db *db, const struct import *import, size_t row,
                      struct err *err)
{
    const struct move_table *table = import->table;
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, buf_text(&import->sql), &stmt, err) < 0)
        return -1;
    for (size_t i = 0; i < table->column_count; i++)
        bind_value(stmt, (int)i + 1, table->kinds[i], &import->values[row][i],
                   move_bytes(import->reader));
    db_merge(stmt);
    return db_run(&stmt, err);
}

/* The savepoint has what went wrong told here, and bounds what is queued. */
static int insert_rows(struct db *db, struct import *import, struct err *err)
{
    struct db_savepoint point = DB_SAVEPOINT_NONE;

    if (db_savepoint(db, &point, err) < 0)
        return -1;
    for (size_t i = 0; i < import->count; i++)
        if (insert_row(db, import, i, err) < 0)
            return -1;
    import->run.placed += (int64_t)import->count;
    import_run_show(&import->run);
    return db_release(&point, err);
}

static int take_rows(struct db *db, struct import *import, struct err *err)
{
    do {
        if (import_run_is_stopped())
            return err_set(err, ERR_UNAVAILABLE, "interrupted");
        if (read_rows(import, err) < 0)
            return -1;
        if (import->count && insert_rows(db, import, err) < 0)
            return err_set(err, err->code, "table %s: %s", import->table->name,
                           err->text);
    } while (!strcmp(import->word, "row"));
    return 0;
}

/* ----------------------------------------------------------------- tables */

/* Behind its first word; what the file has of it must be what there is. */
static int read_table(struct import *import, struct err *err)
{
    const struct move_table *table = import->table;
    char word[MOVE_WORD_MAX];

    if (move_get_word(import->reader, word, err) < 0)
        return -1;
    if (strcmp(word, table->name) != 0)
        return err_set(err, ERR_INVALID, "%s: has table %s in place of %s",
                       import->path, word, table->name);
    if (move_get_number(import->reader, &import->last_id, err) < 0)
        return -1;
    for (size_t i = 0; i < table->column_count; i++) {
        if (move_is_end_of_line(import->reader))
            return move_fail_damaged(import->reader, err);
        if (move_get_word(import->reader, word, err) < 0)
            return -1;
        if (strcmp(word, table->columns[i]) != 0)
            return err_set(err, ERR_INVALID,
                           "%s: has column %s.%s in place of %s", import->path,
                           table->name, word, table->columns[i]);
    }
    return move_check_end_of_line(import->reader, err);
}

static int take_table(struct db *db, struct import *import, struct err *err)
{
    const struct move_table *table = import->table;

    buf_clear(&import->sql);
    move_put_insert(table, &import->sql);
    if (strcmp(import->word, "table") != 0)
        return move_fail_damaged(import->reader, err);
    if (buf_check(&import->sql, err) < 0 || read_table(import, err) < 0 ||
        take_rows(db, import, err) < 0)
        return -1;
    return table->is_numbered && import->last_id > 0
               ? db_set_last_id(db, table->name, import->last_id, err)
               : 0;
}

/* meta has what a new schema is made with. */
static int check_empty(struct db *db, const struct move_table *table,
                       struct err *err)
{
    struct db_stmt *stmt = NULL;
    char sql[sizeof(table->name) + 64];
    int rc;

    if (!strcmp(table->name, "meta"))
        return 0;
    /* Names from the schema, as from a column table. */
    snprintf(sql, sizeof(sql), "SELECT 1 FROM \"%s\" LIMIT 1", table->name);
    rc = db_prepare(db, sql, &stmt, err);
    if (rc == 0)
        rc = db_step(stmt, err);
    db_done(&stmt);
    return rc == 1 ? err_set(err, ERR_CONFLICT,
                             "the database is not empty: it has rows in %s",
                             table->name)
                   : rc;
}

static int clear_meta(struct db *db, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "DELETE FROM meta", &stmt, err) < 0)
        return -1;
    return db_run(&stmt, err);
}

static int take_all(struct command *command, void *arg, struct err *err)
{
    struct import *import = arg;
    struct db *db = command->db;
    const struct move_tables *tables = import->tables;

    for (size_t i = 0; i < tables->count; i++)
        if (check_empty(db, &tables->tables[i], err) < 0)
            return -1;
    db_be_careful(db, true);
    if (clear_meta(db, err) < 0 ||
        move_get_word(import->reader, import->word, err) < 0)
        return -1;
    for (size_t i = 0; i < tables->count; i++) {
        import->table = &tables->tables[i];
        if (take_table(db, import, err) < 0)
            return -1;
    }
    if (strcmp(import->word, "end") != 0)
        return move_fail_damaged(import->reader, err);
    if (move_reader_end(import->reader, (int64_t)tables->count,
                        import->run.placed, err) < 0)
        return -1;
    return meta_settle(db, err);
}

/* ---------------------------------------------------------------- command */

/* A new database gets its tables; another's are left as they are. */
static int prepare_tables(struct command *command, int step, struct err *err)
{
    struct db *db = command->db;
    const char *schema = schema_for(db);
    int have;
    int want;
    int applied;

    if (migrate_state(db, schema, &have, &want, err) < 0)
        return -1;
    if (step != want)
        return err_set(err, ERR_INVALID,
                       "the file is at schema step %d, this program at %d: "
                       "use the release that wrote it",
                       step, want);
    if (have != 0 && have != want)
        return err_set(err, ERR_CONFLICT,
                       "the database is not empty: it is at schema step %d",
                       have);
    return have == 0 ? migrate_run(db, schema, &applied, err) : 0;
}

static int run(struct command *command, struct import *import, struct err *err)
{
    int step;

    if (command_begin(command, NULL, err) < 0)
        return -1;
    if (command->rest_count != 1)
        return err_set(err, ERR_INVALID, "say which FILE to read");
    import->path = command->rest[0];
    if (move_reader_open(&import->reader, import->path, &step, err) < 0 ||
        move_tables_read(&import->tables, err) < 0 ||
        lock_database(command->config.database, &import->lock, err) < 0 ||
        db_open(&command->db, command->config.database, DB_WRITE, err) < 0 ||
        prepare_tables(command, step, err) < 0 ||
        check_unserved(command->db, err) < 0)
        return -1;
    db_may_pause(command->db); /* nobody waits: it is not served */
    if (config_needs_standby(&command->config))
        db_require_standby(command->db);
    import->run.shown_us = clock_mono_us();
    import_run_catch_signals();
    return command_write(command, take_all, import, err);
}

int command_import_database(struct command *command)
{
    struct import *import = mem_zalloc(sizeof(*import));
    struct err err = ERR_INIT;
    int rc = -1;

    if (!import) {
        err_set(&err, ERR_NOMEM, "out of memory");
        return command_fail(command, &err);
    }
    import->lock = -1;
    buf_init(&import->sql, 65536);
    rc = run(command, import, &err);
    import_run_clear();
    if (rc == 0)
        printf("%s: %zu tables, %" PRId64 " rows\n", command->config.database,
               import->tables->count, import->run.placed);
    command_close(command);
    move_reader_close(import->reader);
    buf_release(&import->sql);
    mem_free(import->tables);
    if (import->lock >= 0)
        close(import->lock);
    mem_free(import);
    return rc < 0 ? command_fail(command, &err) : 0;
}
