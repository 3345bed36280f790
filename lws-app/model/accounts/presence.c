#include "model/accounts/presence.h"
#include "base/mem.h"

#include "base/banned.h"

static int count_sessions(struct db *db, int64_t *count, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db, "SELECT COUNT(*) FROM session WHERE expires > ?1", &stmt,
                   err) < 0)
        return -1;
    db_bind_int(stmt, 1, db_time_us(db));
    rc = db_step(stmt, err);
    if (rc == 1)
        *count = db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static int keep(struct presence *presence, size_t *cap, int64_t user,
                struct err *err)
{
    if (presence->count == *cap) {
        size_t more = *cap ? *cap * 2 : 64;
        int64_t *users = mem_realloc(presence->users, more * sizeof(*users));

        if (!users)
            return err_set(err, ERR_NOMEM, "no memory for a list of users");
        presence->users = users;
        *cap = more;
    }
    presence->users[presence->count++] = user;
    return 0;
}

static int read_users(struct db *db, int64_t since_us,
                      struct presence *presence, struct err *err)
{
    struct db_stmt *stmt = NULL;
    size_t cap = 0;
    int rc;

    if (db_prepare(db,
                   "SELECT DISTINCT \"user\" FROM session "
                   "WHERE last_used >= ?1 AND expires > ?2 ORDER BY \"user\"",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, since_us);
    db_bind_int(stmt, 2, db_time_us(db));
    rc = db_step(stmt, err);
    while (rc == 1) {
        rc = keep(presence, &cap, db_int(stmt, 0), err);
        if (rc == 0)
            rc = db_step(stmt, err);
    }
    db_done(&stmt);
    return rc;
}

int presence_read(struct db *db, int64_t since_us, struct presence *presence,
                  struct err *err)
{
    *presence = (struct presence){.sessions = 0};
    if (count_sessions(db, &presence->sessions, err) == 0 &&
        read_users(db, since_us, presence, err) == 0)
        return 0;
    mem_free(presence->users);
    presence->users = NULL;
    presence->count = 0;
    return -1;
}
