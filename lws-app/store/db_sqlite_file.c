#include "base/mem.h"
#include "store/db_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define NAME_MAX_BYTES 4096

static int os_fail(const char *path, struct err *err)
{
    int number = errno;

    err_set(err, number == EEXIST ? ERR_CONFLICT : ERR_UNAVAILABLE, "%s: %s",
            path, strerror(number));
    return -1;
}

/* Closed at once: closing any descriptor of a file ends the engine's own locks
 * on it. */
static int create_empty(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return os_fail(path, err);
    close(fd);
    return 0;
}

/* A file is there for good once its folder says so on the disk. */
static int sync_folder(const char *path, struct err *err)
{
    char folder[NAME_MAX_BYTES];
    const char *slash = strrchr(path, '/');
    int len = slash ? (int)(slash - path) + 1 : 0;
    int fd;
    int rc = 0;

    snprintf(folder, sizeof(folder), "%.*s.", len, path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        rc = os_fail(folder, err);
    if (fd >= 0)
        close(fd);
    return rc;
}

static void remove_all(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[NAME_MAX_BYTES + 16];

        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static int copy_into(struct db *db, struct db *copy, struct err *err)
{
    sqlite3_backup *backup =
        sqlite3_backup_init(copy->handle, "main", db->handle, "main");
    int rc;

    if (!backup)
        return db_fail(copy, sqlite3_extended_errcode(copy->handle), err);
    /* In one step: another's commit between two would begin it anew. */
    sqlite3_backup_step(backup, -1);
    rc = sqlite3_backup_finish(backup);
    return rc == SQLITE_OK ? 0 : db_fail(copy, rc, err);
}

int db_backup(struct db *db, const char *path, struct err *err)
{
    struct db *copy = NULL;
    bool is_made = false;
    int rc = -1;

    if (db->is_writing) {
        err_set(err, ERR_INTERNAL, "a backup inside a write transaction");
        goto out;
    }
    if (strlen(path) >= NAME_MAX_BYTES) {
        err_set(err, ERR_UNAVAILABLE, "the backup's name is too long");
        goto out;
    }
    if (create_empty(path, err) < 0)
        goto out;
    is_made = true;
    /* DB_READ: without a log of its own, so that all of it is in the file and
     * on the disk when the engine says so. The engine's copy is no SQL. */
    if (db_open(&copy, path, DB_READ, err) < 0 ||
        copy_into(db, copy, err) < 0 || db_integrity(copy, err) < 0)
        goto out;
    rc = sync_folder(path, err);
out:
    db_close(copy);
    if (rc < 0 && is_made)
        remove_all(path);
    return rc;
}

int db_integrity(struct db *db, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare(db, "PRAGMA integrity_check(1)", &stmt, err);

    if (rc == 0)
        rc = db_step(stmt, err);
    if (rc == 1 && strcmp(db_text(stmt, 0, NULL), "ok") != 0)
        rc = err_set(err, ERR_STORE, "%s", db_text(stmt, 0, NULL));
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int64_t db_wal_bytes(struct db *db)
{
    char name[NAME_MAX_BYTES];
    struct stat stat_of;
    int len = snprintf(name, sizeof(name), "%s-wal", db->path);

    if (db->is_memory || len >= (int)sizeof(name) || stat(name, &stat_of) < 0)
        return 0;
    return stat_of.st_size;
}

void db_file_identity(struct db *db, char *text, size_t max)
{
    struct stat stat_of;

    text[0] = '\0';
    if (!db->is_memory && stat(db->path, &stat_of) == 0)
        snprintf(text, max, "%ju:%ju", (uintmax_t)stat_of.st_dev,
                 (uintmax_t)stat_of.st_ino);
}
