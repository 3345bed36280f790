#include "schema.h"

#include "base/banned.h"

extern const char schema_sqlite[];
extern const char schema_postgres[];

/* The files themselves, with a NUL behind each. */
__asm__(".section .rodata\n"
        ".global schema_sqlite\n"
        "schema_sqlite:\n"
        ".incbin \"" LWSAPP_SCHEMA "\"\n"
        ".byte 0\n"
        ".global schema_postgres\n"
        "schema_postgres:\n"
        ".incbin \"" LWSAPP_SCHEMA_POSTGRES "\"\n"
        ".byte 0\n"
        ".previous\n");

const char *schema_for(const struct db *db)
{
    return db_is_server(db) ? schema_postgres : schema_sqlite;
}
