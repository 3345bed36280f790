#include "store/engine.h"

#include "base/banned.h"

int db_open(struct db **db, const char *where, enum db_mode mode,
            struct err *err)
{
    return db_open_as(&sqlite_engine, db, where, mode, err);
}

const char *db_engine_version(void)
{
    return sqlite_engine.version();
}
