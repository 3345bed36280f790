#include "store/engine.h"

#include <string.h>

#include "base/banned.h"

bool db_is_url(const char *where)
{
    return !strncmp(where, "postgresql://", 13) ||
           !strncmp(where, "postgres://", 11);
}

int db_check_url(const char *where, struct err *err)
{
    return pg_check_url(where, err);
}

int db_open(struct db **db, const char *where, enum db_mode mode,
            struct err *err)
{
    return db_open_as(db_is_url(where) ? &postgres_engine : &sqlite_engine, db,
                      where, mode, err);
}

int db_open_file(struct db **db, const char *path, enum db_mode mode,
                 struct err *err)
{
    return db_open_as(&sqlite_engine, db, path, mode, err);
}

const char *db_engine_version(void)
{
    return sqlite_engine.version();
}
