#include "store/scratch.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

int scratch_open(void **state)
{
    struct scratch *s = mem_zalloc(sizeof(*s));
    struct err err = ERR_INIT;

    snprintf(s->folder, sizeof(s->folder), "/tmp/store-test-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->path, sizeof(s->path), "%s/test.db", s->folder);
    assert_int_equal(db_open(&s->db, s->path, DB_WRITE, &err), 0);
    *state = s;
    return 0;
}

int scratch_close(void **state)
{
    struct scratch *s = *state;
    DIR *folder;
    struct dirent *entry;

    db_close(s->db);
    folder = opendir(s->folder);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            unlink(scratch_path(s, entry->d_name));
    closedir(folder);
    assert_int_equal(rmdir(s->folder), 0);
    mem_free(s);
    return 0;
}

const char *scratch_path(struct scratch *s, const char *name)
{
    static char path[400];

    snprintf(path, sizeof(path), "%s/%s", s->folder, name);
    return path;
}

void exec(struct db *db, const char *sql)
{
    struct err err = ERR_INIT;

    if (db_exec(db, sql, &err) < 0)
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

enum err_code fault(struct db *db, const char *sql, struct err *err)
{
    struct db_stmt *stmt = NULL;

    err_clear(err);
    if (db_prepare(db, sql, &stmt, err) == 0)
        assert_int_equal(db_run(&stmt, err), -1);
    assert_null(stmt);
    return err->code;
}
