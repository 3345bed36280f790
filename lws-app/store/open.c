#include "store/engine.h"

#include <string.h>

#include "base/banned.h"

static const struct db_engine *engine_of(const char *where)
{
    bool is_url = !strncmp(where, "postgresql://", 13) ||
                  !strncmp(where, "postgres://", 11);

    return is_url ? &postgres_engine : &sqlite_engine;
}

int db_open(struct db **db, const char *where, enum db_mode mode,
            struct err *err)
{
    return db_open_as(engine_of(where), db, where, mode, err);
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
