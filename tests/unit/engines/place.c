#include "engines/place.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

static const struct cluster *used;

void place_use(const struct cluster *cluster)
{
    used = cluster;
}

const struct cluster *place_cluster(void)
{
    return used;
}

bool place_is_file(void)
{
    return !used;
}

int place_open(void **state)
{
    struct place *place = mem_zalloc(sizeof(*place));

    assert_non_null(place);
    if (used) {
        place->where = cluster_url(used);
    } else {
        snprintf(place->folder, sizeof(place->folder), "/tmp/engine-XXXXXX");
        assert_non_null(mkdtemp(place->folder));
        snprintf(place->path, sizeof(place->path), "%s/test.db", place->folder);
        place->where = place->path;
    }
    place->db = place_connect(place, DB_WRITE);
    if (used)
        exec(place->db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    *state = place;
    return 0;
}

int place_close(void **state)
{
    struct place *place = *state;
    DIR *folder;
    struct dirent *entry;

    db_close(place->db);
    folder = *place->folder ? opendir(place->folder) : NULL;
    if (folder) {
        for (entry = readdir(folder); entry; entry = readdir(folder))
            if (entry->d_name[0] != '.')
                unlinkat(dirfd(folder), entry->d_name, 0);
        closedir(folder);
        assert_int_equal(rmdir(place->folder), 0);
    }
    mem_free(place);
    return 0;
}

struct db *place_connect(const struct place *place, enum db_mode mode)
{
    struct db *db = NULL;
    struct err err = ERR_INIT;

    if (db_open(&db, place->where, mode, &err) < 0)
        fail_msg("%s", err.text);
    return db;
}

void exec(struct db *db, const char *sql)
{
    struct err err = ERR_INIT;

    if (db_exec(db, sql, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
}

void run(struct db *db, const char *sql)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, sql, &stmt, &err) < 0 || db_run(&stmt, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
}

int64_t number(struct db *db, const char *sql)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t value;

    if (db_prepare(db, sql, &stmt, &err) < 0 || db_step(stmt, &err) != 1)
        fail_msg("%s: %s", sql, err.text);
    value = db_int(stmt, 0);
    db_done(&stmt);
    return value;
}

void begin(struct db *db)
{
    struct err err = ERR_INIT;

    if (db_begin(db, &err) < 0)
        fail_msg("%s", err.text);
}

void commit(struct db *db)
{
    struct err err = ERR_INIT;

    if (db_commit(db, &err) < 0)
        fail_msg("%s", err.text);
}
