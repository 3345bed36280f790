#include "support/database.h"
#include "base/buf.h"
#include "store/migrate.h"
#include "support/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/banned.h"

bool database_is_on_server(void)
{
    return getenv("LWSAPP_TEST_DATABASE") != NULL;
}

struct db *database_open(void)
{
    const char *server = getenv("LWSAPP_TEST_DATABASE");
    struct db *db = NULL;
    struct err err = ERR_INIT;
    struct buf schema;
    int applied;

    buf_init(&schema, 1 << 20);
    schema_read(server ? LWSAPP_SCHEMA_POSTGRES : LWSAPP_SCHEMA, &schema);
    if (db_open(&db, server ? server : ":memory:", DB_WRITE, &err) < 0)
        fail_msg("%s", err.text);
    if (server &&
        db_exec(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &err) <
            0)
        fail_msg("%s", err.text);
    if (migrate_run(db, buf_text(&schema), &applied, &err) < 0)
        fail_msg("%s", err.text);
    buf_release(&schema);
    return db;
}
