#include "base/buf.h"
#include "engines/place.h"
#include "store/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* The schema in both engines' words, and every statement of the sources
 * (texts.mjs): what SQLite takes PostgreSQL takes. */

struct pair {
    struct place *file;
    struct place *server;
};

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    assert_non_null(file);
    if (getdelim(&text, &size, '\0', file) < 0)
        fail_msg("%s is empty", path);
    fclose(file);
    return text;
}

static void build(struct db *db, const char *path)
{
    char *schema = read_file(path);
    struct err err = ERR_INIT;
    int applied = 0;

    if (migrate_run(db, schema, &applied, &err) < 0)
        fail_msg("%s: %s", path, err.text);
    assert_true(applied > 0);
    free(schema);
}

static int pair_open(void **state)
{
    static struct pair pair;
    const struct cluster *cluster = place_cluster();

    place_use(NULL);
    assert_int_equal(place_open((void **)&pair.file), 0);
    place_use(cluster);
    assert_int_equal(place_open((void **)&pair.server), 0);
    build(pair.file->db, LWSAPP_SCHEMA);
    build(pair.server->db, LWSAPP_SCHEMA_POSTGRES);
    *state = &pair;
    return 0;
}

static int pair_close(void **state)
{
    struct pair *pair = *state;

    place_close((void **)&pair->server);
    place_close((void **)&pair->file);
    return 0;
}

/* ---------------------------------------------------------------- schemas */

/* The one column of sql, a line for each row. */
static void list(struct db *db, const char *sql, struct buf *out)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, sql, &stmt, &err) < 0)
        fail_msg("%s", err.text);
    while (db_step(stmt, &err) == 1) {
        buf_put_text(out, db_text(stmt, 0, NULL));
        buf_put_char(out, '\n');
    }
    if (err.code)
        fail_msg("%s", err.text);
    db_done(&stmt);
}

static void agree(const struct pair *pair, const char *lite, const char *pg)
{
    struct buf file;
    struct buf server;

    buf_init(&file, SIZE_MAX);
    buf_init(&server, SIZE_MAX);
    list(pair->file->db, lite, &file);
    list(pair->server->db, pg, &server);
    assert_true(file.len > 0);
    assert_string_equal(buf_text(&file), buf_text(&server));
    buf_release(&file);
    buf_release(&server);
}

static void the_schemas_have_the_same_columns(void **state)
{
    agree(*state,
          "SELECT t.name || '.' || c.name || ' ' || CASE c.type "
          "WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' "
          "ELSE lower(c.type) END || "
          "CASE WHEN c.\"notnull\" OR c.pk THEN ' not null' ELSE '' END || "
          "coalesce(' ' || c.dflt_value, '') "
          "FROM sqlite_schema t, pragma_table_info(t.name) c "
          "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1",
          "SELECT line FROM (SELECT table_name || '.' || column_name || ' ' || "
          "data_type || "
          "CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || "
          "coalesce(' ' || replace(column_default, '::text', ''), '') "
          "FROM information_schema.columns WHERE table_schema = 'public' "
          "AND table_name <> 'schema_step') AS list (line) "
          "ORDER BY line COLLATE \"C\"");
}

/* Those of primary keys save for a row's own number, of UNIQUE, and by name:
 * table, columns, whether each is there once. */
static void the_schemas_have_the_same_indexes(void **state)
{
    agree(*state,
          "SELECT t.name || ' (' || (SELECT group_concat(name, ',') FROM "
          "(SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')' "
          "|| CASE WHEN i.\"unique\" THEN ' once' ELSE '' END || "
          "CASE WHEN i.partial THEN ' some' ELSE '' END "
          "FROM sqlite_schema t, pragma_index_list(t.name) i "
          "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1",
          "SELECT line FROM (SELECT t.relname || ' (' || (SELECT "
          "string_agg(a.attname, ',' "
          "ORDER BY array_position(i.indkey::int2[], a.attnum)) "
          "FROM pg_attribute a WHERE a.attrelid = t.oid "
          "AND a.attnum = ANY (i.indkey)) || ')' || "
          "CASE WHEN i.indisunique THEN ' once' ELSE '' END || "
          "CASE WHEN i.indpred IS NOT NULL THEN ' some' ELSE '' END "
          "FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid "
          "JOIN pg_namespace n ON n.oid = t.relnamespace "
          "WHERE n.nspname = 'public' AND t.relname <> 'schema_step' "
          "AND NOT (i.indisprimary AND i.indnatts = 1 AND (SELECT a.atttypid "
          "FROM pg_attribute a WHERE a.attrelid = t.oid "
          "AND a.attnum = i.indkey[0]) = 'bigint'::regtype)) "
          "AS list (line) ORDER BY line COLLATE \"C\"");
}

/* ------------------------------------------------------------- statements */

/* Whether it is understood, which a server tells once it runs; what it then
 * does with nothing but NULL is no matter. err: why not. */
static bool takes(struct db *db, const char *sql, bool runs, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    err_clear(err);
    begin(db);
    rc = db_prepare(db, sql, &stmt, err);
    if (rc == 0 && runs)
        rc = db_step(stmt, err);
    db_done(&stmt);
    db_abort(db);
    return rc >= 0 || err->code == ERR_CONFLICT;
}

static void what_sqlite_takes_postgresql_takes(void **state)
{
    const struct pair *pair = *state;
    char *texts = read_file(LWSAPP_TEXTS);
    char *rest = texts;
    int taken = 0;
    int refused = 0;

    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        char *sql = strchr(line, '\t');
        struct err lite = ERR_INIT;
        struct err pg = ERR_INIT;
        bool by_file;
        bool by_server;

        if (!sql)
            continue;
        *sql++ = '\0';
        by_file = takes(pair->file->db, sql, false, &lite);
        by_server = takes(pair->server->db, sql, true, &pg);
        taken += by_file && by_server;
        /* Of a piece of a longer one SQLite knows that it is none. */
        if (!by_file || by_server)
            continue;
        refused++;
        print_error("%s: %s\n  %s\n", line, pg.text, sql);
    }
    free(texts);
    assert_int_equal(refused, 0);
    assert_true(taken > 100);
}

SUITE_OF(SERVER_ALONE, sql)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schemas_have_the_same_columns),
        cmocka_unit_test(the_schemas_have_the_same_indexes),
        cmocka_unit_test(what_sqlite_takes_postgresql_takes),
    };

    return cmocka_run_group_tests_name("SQL", tests, pair_open, pair_close);
}
