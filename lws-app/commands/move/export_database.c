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
#include <unistd.h>

#include "base/banned.h"

struct export
{
    struct import_run run; /* how far it is */
    struct move_tables *tables;
    struct move_writer *writer;
    int lock;
};

static void put_value(struct move_writer *writer, const struct db_stmt *stmt,
                      int col, char kind)
{
    const void *bytes;
    size_t len;

    if (db_is_null(stmt, col)) {
        move_put_null(writer);
    } else if (kind == 'i') {
        move_put_number(writer, db_int(stmt, col));
    } else {
        bytes =
            kind == 't' ? db_text(stmt, col, &len) : db_blob(stmt, col, &len);
        move_put_bytes(writer, bytes, len);
    }
}

static int write_row(struct export *export, const struct db_stmt *stmt,
                     const struct move_table *table, struct err *err)
{
    move_put_word(export->writer, "row");
    for (size_t i = 0; i < table->column_count; i++)
        put_value(export->writer, stmt, (int)i, table->kinds[i]);
    export->run.placed++;
    import_run_show(&export->run);
    if (import_run_is_stopped())
        return err_set(err, ERR_UNAVAILABLE, "interrupted");
    return move_end_line(export->writer, err);
}

static int write_rows(struct db *db, struct export *export,
                      const struct move_table *table, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct buf sql;
    int rc;

    buf_init(&sql, 65536);
    move_put_select(table, &sql);
    rc = buf_check(&sql, err);
    if (rc == 0)
        rc = db_prepare(db, buf_text(&sql), &stmt, err);
    if (rc == 0) {
        db_expect_many(stmt);
        rc = db_step(stmt, err);
    }
    while (rc == 1)
        rc = write_row(export, stmt, table, err) < 0 ? -1 : db_step(stmt, err);
    db_done(&stmt);
    buf_release(&sql);
    return rc;
}

static int write_table(struct db *db, struct export *export,
                       const struct move_table *table, struct err *err)
{
    int64_t last = 0;

    if (table->is_numbered && db_last_id(db, table->name, &last, err) < 0)
        return -1;
    move_put_word(export->writer, "table");
    move_put_word(export->writer, table->name);
    move_put_number(export->writer, last);
    for (size_t i = 0; i < table->column_count; i++)
        move_put_word(export->writer, table->columns[i]);
    if (move_end_line(export->writer, err) < 0)
        return -1;
    return write_rows(db, export, table, err);
}

static int write_tables(struct db *db, struct export *export, struct err *err)
{
    const struct move_tables *tables = export->tables;

    for (size_t i = 0; i < tables->count; i++)
        if (write_table(db, export, &tables->tables[i], err) < 0)
            return -1;
    return move_writer_end(export->writer, (int64_t)tables->count,
                           export->run.placed, err);
}

/* Where it has its epoch from now on, the one that was left may not go on with
 * it: served again, that one begins another. */
static int leave(struct command *command, int *lock, struct err *err)
{
    const char *database = command->config.database;
    int rc;

    if (lock_database(database, lock, err) < 0 ||
        command_open(command, false, err) < 0 ||
        check_unserved(command->db, err) < 0)
        return -1;
    rc = meta_mark_backup(command->db, err);
    db_close(command->db);
    command->db = NULL;
    return rc < 0 ? -1 : db_open(&command->db, database, DB_READ, err);
}

/* The step in the snapshot itself. */
static int write_snapshot(struct command *command, struct export *export,
                          const char *path, struct err *err)
{
    struct db *db = command->db;
    int have;
    int want;
    int rc;

    if (db_read_begin(db, err) < 0)
        return -1;
    rc = migrate_state(db, schema_for(db), &have, &want, err);
    if (rc == 0)
        rc = move_writer_open(&export->writer, path, have, err);
    if (rc == 0)
        rc = write_tables(db, export, err);
    db_read_end(db);
    return rc;
}

static int run(struct command *command, struct export *export, struct err *err)
{
    if (command_begin(command, NULL, err) < 0)
        return -1;
    if (command->rest_count != 1)
        return err_set(err, ERR_INVALID, "say which FILE to write");
    /* Before the mark, which would be in vain. */
    if (access(command->rest[0], F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "%s exists already",
                       command->rest[0]);
    if (leave(command, &export->lock, err) < 0 ||
        move_tables_read(&export->tables, err) < 0)
        return -1;
    import_run_catch_signals();
    return write_snapshot(command, export, command->rest[0], err);
}

int command_export_database(struct command *command)
{
    struct export export = {.run.shown_us = clock_mono_us(), .lock = -1};
    struct err err = ERR_INIT;
    int rc = run(command, &export, &err);

    import_run_clear();
    if (rc == 0)
        printf("%s: %zu tables, %" PRId64 " rows\n", command->rest[0],
               export.tables->count, export.run.placed);
    move_writer_close(export.writer);
    command_close(command);
    mem_free(export.tables);
    if (export.lock >= 0)
        close(export.lock);
    return rc < 0 ? command_fail(command, &err) : 0;
}
