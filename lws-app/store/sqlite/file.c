#include "base/mem.h"
#include "store/sqlite/private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define NAME_MAX_BYTES 4096
/* Of the piece of the log's index that the engine maps at once. */
#define INDEX_BYTES 32768

static int os_fail(const char *path, struct err *err)
{
    int number = errno;

    err_set(err, number == EEXIST ? ERR_CONFLICT : ERR_UNAVAILABLE, "%s: %s",
            path, strerror(number));
    return -1;
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

static void remove_beside(const char *path)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal", "-turn"};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[NAME_MAX_BYTES + 32];

        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static bool is_at(int fd, const char *path, struct stat *opened)
{
    struct stat named;

    return fstat(fd, opened) == 0 && lstat(path, &named) == 0 &&
           opened->st_dev == named.st_dev && opened->st_ino == named.st_ino;
}

/* An empty file that is ours until fd is closed. Whoever holds one from before
 * is asked by flock(), which a killed process has no more and which the
 * engine's locks don't meet; behind it the name is looked at again, as the file
 * may have been given its own meanwhile. fd stays open for as long as the
 * engine works: closing it would end the engine's locks. */
static int claim(const char *partial, int *fd, struct err *err)
{
    struct stat opened;

    *fd = open(partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
               0600);
    if (*fd < 0)
        return os_fail(partial, err);
    if (flock(*fd, LOCK_EX | LOCK_NB) < 0 || !is_at(*fd, partial, &opened))
        return err_set(err, ERR_CONFLICT, "%s: another backup is under way",
                       partial);
    /* Emptied, a file with a second name would be lost by that one too. */
    if (!S_ISREG(opened.st_mode) || opened.st_nlink != 1)
        return err_set(err, ERR_CONFLICT, "%s is in the way: remove it",
                       partial);
    remove_beside(partial);
    return ftruncate(*fd, 0) < 0 ? os_fail(partial, err) : 0;
}

static int copy_into(struct db *db, struct db *copy, struct err *err)
{
    sqlite3 *to = sqlite_of(copy)->handle;
    sqlite3_backup *backup =
        sqlite3_backup_init(to, "main", sqlite_of(db)->handle, "main");
    int rc;

    if (!backup)
        return sqlite_fail(sqlite_of(copy), sqlite3_extended_errcode(to), err);
    /* In one step: another's commit between two would begin it anew. */
    sqlite3_backup_step(backup, -1);
    rc = sqlite3_backup_finish(backup);
    return rc == SQLITE_OK ? 0 : sqlite_fail(sqlite_of(copy), rc, err);
}

static int fill(struct db *db, const char *partial, struct err *err)
{
    struct db *copy = NULL;
    int rc = -1;

    /* DB_READ: without a log of its own, so that all of it is in the file and
     * on the disk when the engine says so. The engine's copy is no SQL. */
    if (db_open_as(&sqlite_engine, &copy, partial, DB_READ, err) == 0 &&
        copy_into(db, copy, err) == 0)
        rc = db_integrity(copy, err);
    db_close(copy);
    return rc;
}

/* What finish() has written is in the file once the log is gone. */
static int run_finish(const char *partial, db_finish_fn *finish, void *arg,
                      struct err *err)
{
    struct db *copy = NULL;
    char log[NAME_MAX_BYTES + 32];
    int rc = -1;

    if (db_open_as(&sqlite_engine, &copy, partial, DB_REOPEN, err) == 0)
        rc = finish(copy, arg, err);
    db_close(copy);
    snprintf(log, sizeof(log), "%s-wal", partial);
    if (rc == 0 && access(log, F_OK) == 0)
        return err_set(err, ERR_UNAVAILABLE, "%s would not go into its file",
                       log);
    return rc;
}

/* Not rename(), which would replace a file that is there by now; link() where
 * the file system knows no other way. */
static int give_name(const char *partial, const char *path, struct err *err)
{
    if (renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) < 0) {
        if ((errno != EINVAL && errno != ENOSYS) || link(partial, path) < 0)
            return os_fail(path, err);
        unlink(partial);
    }
    return sync_folder(path, err);
}

static int make(struct db *db, const char *partial, const char *path,
                db_finish_fn *finish, void *arg, struct err *err)
{
    int rc = -1;

    if (fill(db, partial, err) == 0 &&
        (!finish || run_finish(partial, finish, arg, err) == 0))
        rc = give_name(partial, path, err);
    remove_beside(partial);
    if (rc < 0)
        unlink(partial);
    return rc;
}

int sqlite_backup(struct db *db, const char *path, db_finish_fn *finish,
                  void *arg, struct err *err)
{
    char partial[NAME_MAX_BYTES + 16];
    int fd = -1;
    int rc = -1;

    if (strlen(path) >= NAME_MAX_BYTES)
        return err_set(err, ERR_UNAVAILABLE, "the backup's name is too long");
    if (access(path, F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "%s exists already", path);
    snprintf(partial, sizeof(partial), "%s.partial", path);
    if (claim(partial, &fd, err) == 0)
        rc = make(db, partial, path, finish, arg, err);
    if (fd >= 0)
        close(fd);
    return rc;
}

int sqlite_integrity(struct db *db, struct err *err)
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

static bool find_log(const struct sqlite *db, struct stat *found)
{
    char name[NAME_MAX_BYTES];
    int len = snprintf(name, sizeof(name), "%s-wal", db->path);

    return !db->is_memory && len < (int)sizeof(name) && stat(name, found) == 0;
}

int64_t sqlite_wal_bytes(struct db *db)
{
    struct stat log;

    return find_log(sqlite_of(db), &log) ? log.st_size : 0;
}

/* An index in shared memory is there for files with a log only. */
static bool has_index(struct sqlite *db)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    bool is_wal = false;

    if (db->file)
        return true;
    if (db->is_memory)
        return false;
    if (db_prepare(&db->db, "PRAGMA journal_mode", &stmt, &err) == 0 &&
        db_step(stmt, &err) == 1)
        is_wal = strcmp(db_text(stmt, 0, NULL), "wal") == 0;
    db_done(&stmt);
    if (is_wal)
        sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER,
                             &db->file);
    return db->file != NULL;
}

/* The index of the log begins with two copies of what a commit changes, the
 * second written first: https://sqlite.org/walformat.html, 2.1. While they
 * differ, somebody is at it. */
bool sqlite_state(struct db *base, struct db_state *state)
{
    struct sqlite *db = sqlite_of(base);
    struct db_state second;
    const volatile uint32_t *words;
    void volatile *index = NULL;
    const size_t count = sizeof(state->words) / sizeof(state->words[0]);

    if (!has_index(db) || db->file->pMethods->iVersion < 2 ||
        db->file->pMethods->xShmMap(db->file, 0, INDEX_BYTES, 0, &index) !=
            SQLITE_OK ||
        !index)
        return false;
    words = index;
    for (size_t i = 0; i < count; i++)
        state->words[i] = words[i];
    db->file->pMethods->xShmBarrier(db->file);
    for (size_t i = 0; i < count; i++)
        second.words[i] = words[count + i];
    return db_state_equal(state, &second);
}

void sqlite_see_log(struct sqlite *db)
{
    struct stat log;

    if (!db->log_inode && find_log(db, &log))
        db->log_inode = log.st_ino;
}

bool sqlite_has_moved(const struct sqlite *db)
{
    struct stat log;
    int moved = 0;

    if (db->is_memory)
        return false;
    sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved || (db->log_inode &&
                     (!find_log(db, &log) || log.st_ino != db->log_inode));
}

int sqlite_fail_moved(struct err *err)
{
    err_set(err, ERR_UNAVAILABLE,
            "the file or its log was moved, removed or replaced: put it back, "
            "or restart");
    err->retry_after_s = 1;
    return -1;
}

void sqlite_identity(struct db *base, char *text, size_t max)
{
    const struct sqlite *db = sqlite_of(base);
    struct stat stat_of;

    text[0] = '\0';
    if (!db->is_memory && stat(db->path, &stat_of) == 0)
        snprintf(text, max, "%ju:%ju", (uintmax_t)stat_of.st_dev,
                 (uintmax_t)stat_of.st_ino);
}
