#include "commands/move/move_tables.h"
#include "base/mem.h"
#include "schema.h"
#include "store/migrate.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* What daemons tell of themselves every few seconds stays where they are. */
static const char left_behind[] = "machine";

/* The table of that name, which is the last one, or a new one. */
static struct move_table *table_of(struct move_tables *tables, const char *name)
{
    struct move_table *last = &tables->tables[tables->count];

    if (tables->count && !strcmp(last[-1].name, name))
        return last - 1;
    if (tables->count == MOVE_TABLES_MAX)
        return NULL;
    tables->count++;
    snprintf(last->name, sizeof(last->name), "%s", name);
    return last;
}

static int add_column(struct move_tables *tables, struct db_stmt *stmt,
                      struct err *err)
{
    const char *name = db_text(stmt, 0, NULL);
    struct move_table *table;
    size_t at;

    if (!strcmp(name, left_behind))
        return 0;
    table = table_of(tables, name);
    if (!table || table->column_count == MOVE_COLUMNS_MAX)
        return err_set(err, ERR_INTERNAL, "no room for table %s", name);
    at = table->column_count++;
    db_copy_text(stmt, 1, table->columns[at], sizeof(table->columns[at]));
    table->kinds[at] = *db_text(stmt, 2, NULL);
    table->is_numbered = db_int(stmt, 3) != 0;
    return 0;
}

static int read_columns(struct db *db, struct move_tables *tables,
                        struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare_columns(db, &stmt, err);

    if (rc == 0)
        rc = db_step(stmt, err);
    while (rc == 1)
        rc = add_column(tables, stmt, err) < 0 ? -1 : db_step(stmt, err);
    db_done(&stmt);
    return rc;
}

int move_tables_read(struct move_tables **tables, struct err *err)
{
    struct db *db = NULL;
    int applied;
    int rc = -1;

    *tables = mem_zalloc(sizeof(**tables));
    if (!*tables)
        return err_set(err, ERR_NOMEM, "out of memory");
    if (db_open(&db, ":memory:", DB_WRITE, err) == 0 &&
        migrate_run(db, schema_for(db), &applied, err) == 0)
        rc = read_columns(db, *tables, err);
    db_close(db);
    return rc;
}

static void put_columns(const struct move_table *table, struct buf *sql)
{
    for (size_t i = 0; i < table->column_count; i++)
        buf_printf(sql, "%s\"%s\"", i ? ", " : "", table->columns[i]);
}

void move_put_select(const struct move_table *table, struct buf *sql)
{
    /* Names from the schema, as from a column table. */
    buf_put_text(sql, "SELECT ");
    put_columns(table, sql);
    buf_printf(sql, " FROM \"%s\"", table->name);
}

void move_put_insert(const struct move_table *table, struct buf *sql)
{
    /* Likewise, as from a column table. */
    buf_printf(sql, "INSERT INTO \"%s\" (", table->name);
    put_columns(table, sql);
    buf_put_text(sql, ") VALUES (");
    for (size_t i = 0; i < table->column_count; i++)
        buf_printf(sql, "%s?%zu", i ? ", " : "", i + 1);
    buf_put_text(sql, ")");
}

size_t move_id_column(const struct move_table *table)
{
    size_t i = 0;

    while (i < table->column_count && strcmp(table->columns[i], "id") != 0)
        i++;
    return i;
}
