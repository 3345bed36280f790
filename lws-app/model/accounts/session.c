#include "model/accounts/session.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/accounts/login_row.h"
#include "model/log/control.h"

#include <string.h>

#include "base/banned.h"

/* Throttle rows are of no use behind the longest window. */
#define THROTTLE_KEPT_US (86400 * CLOCK_S)

/* What is kept of it: whole characters, and nothing where it is no text. */
static size_t agent_len(const char *agent)
{
    size_t len = strnlen(agent, USER_AGENT_MAX + 1);

    if (len > USER_AGENT_MAX) {
        len--;
        while (len > 0 && ((unsigned char)agent[len] & 0xC0) == 0x80)
            len--;
    }
    return utf8_is_valid(agent, len) ? len : 0;
}

int session_create(struct db *db, int64_t user, const char *address,
                   const char *user_agent, int lifetime_s,
                   char secret[SECRET_TEXT_MAX], int64_t *id, struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];
    int64_t now = db_time_us(db);
    int rc = -1;

    if (secret_new(secret, err) < 0 ||
        db_prepare(db,
                   "INSERT INTO session (hash, \"user\", address, user_agent, "
                   "created, last_used, confirmed, expires) VALUES (?1, ?2, "
                   "?3, ?4, ?5, ?5, ?5, ?6) RETURNING id",
                   &stmt, err) < 0)
        return -1;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, user);
    db_bind_str(stmt, 3, address);
    db_bind_text(stmt, 4, user_agent, agent_len(user_agent));
    db_bind_int(stmt, 5, now);
    db_bind_int(stmt, 6, now + lifetime_s * CLOCK_S);
    if (db_step(stmt, err) == 1) {
        *id = db_int(stmt, 0);
        rc = db_run(&stmt, err);
    }
    db_done(&stmt);
    return rc;
}

int session_find(struct db *db, const char *secret, struct actor *actor,
                 bool *touch, struct err *err)
{
    return login_find(db, LOGIN_SESSION, secret, actor, touch, err);
}

int session_reread(struct db *db, int64_t session, int64_t token,
                   struct actor *actor, struct err *err)
{
    if (session)
        return login_reread(db, LOGIN_SESSION, session, actor, err);
    return login_reread(db, LOGIN_TOKEN, token, actor, err);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

int session_lifetime_s(const struct session_limits *limits,
                       const struct actor *actor)
{
    if (!actor->is_staff && !actor->is_superuser)
        return limits->lifetime_s;
    return least(limits->lifetime_s,
                 least(limits->staff_idle_s, limits->staff_lifetime_s));
}

int session_touch(struct db *db, int64_t id,
                  const struct session_limits *limits, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t now = db_time_us(db);

    if (db_prepare(db,
                   "UPDATE session SET last_used = ?2, expires = CASE "
                   "WHEN NOT EXISTS (SELECT 1 FROM \"user\" u "
                   "WHERE u.id = session.\"user\" AND (u.is_staff = 1 OR "
                   "u.is_superuser = 1)) THEN ?3 "
                   "WHEN created + ?6 < ?5 THEN created + ?6 ELSE ?5 END "
                   "WHERE id = ?1 AND last_used <= ?4 AND expires > ?2",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, now);
    db_bind_int(stmt, 3, now + limits->lifetime_s * CLOCK_S);
    db_bind_int(stmt, 4, now - SESSION_TOUCH_US);
    db_bind_int(stmt, 5,
                now +
                    least(limits->lifetime_s, limits->staff_idle_s) * CLOCK_S);
    db_bind_int(stmt, 6, limits->staff_lifetime_s * CLOCK_S);
    return db_run(&stmt, err);
}

int session_raise(struct db *db, int64_t user, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t now = db_time_us(db);

    /* Noted as used long enough ago that the next use is noted, too. */
    if (db_prepare(db,
                   "UPDATE session SET last_used = CASE WHEN last_used > ?2 "
                   "THEN ?2 ELSE last_used END, expires = CASE WHEN expires > "
                   "?3 THEN ?3 ELSE expires END WHERE \"user\" = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, now - SESSION_TOUCH_US);
    db_bind_int(stmt, 3, now + SESSION_RAISED_S * CLOCK_S);
    return db_run(&stmt, err);
}

int session_end(struct db *db, int64_t id, struct err *err)
{
    struct control control = {.kind = CONTROL_SESSION_ENDED, .which = id};
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db, "DELETE FROM session WHERE id = ?1 RETURNING \"user\"",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    rc = db_step(stmt, err);
    if (rc == 1)
        control.user = db_int(stmt, 0);
    if (rc < 0 || db_run(&stmt, err) < 0) {
        db_done(&stmt);
        return -1;
    }
    return rc == 1 ? control_append(db, &control, err) : 0;
}

int session_purge(struct db *db, int limit, bool *left, struct err *err)
{
    static const struct {
        const char *sql;
        int64_t kept_us;
    } purges[] = {
        {"DELETE FROM session WHERE id IN (SELECT id FROM session "
         "WHERE expires < ?1 LIMIT ?2)",
         0},
        {"DELETE FROM token WHERE id IN (SELECT id FROM token "
         "WHERE expires < ?1 LIMIT ?2)",
         0},
        {"DELETE FROM ticket WHERE hash IN (SELECT hash FROM ticket "
         "WHERE expires < ?1 LIMIT ?2)",
         0},
        {"DELETE FROM pending_login WHERE hash IN (SELECT hash FROM "
         "pending_login WHERE expires < ?1 LIMIT ?2)",
         0},
        {"DELETE FROM throttle WHERE key IN (SELECT key FROM throttle "
         "WHERE since < ?1 LIMIT ?2)",
         THROTTLE_KEPT_US},
    };
    int64_t now = db_time_us(db);
    int controls;

    *left = false;
    for (size_t i = 0; i < sizeof(purges) / sizeof(purges[0]); i++) {
        struct db_stmt *stmt = NULL;

        if (db_prepare(db, purges[i].sql, &stmt, err) < 0)
            return -1;
        db_bind_int(stmt, 1, now - purges[i].kept_us);
        db_bind_int(stmt, 2, limit);
        if (db_run(&stmt, err) < 0)
            return -1;
        *left = *left || db_changes(db) == limit;
    }
    controls = control_purge(db, limit, err);
    if (controls < 0)
        return -1;
    *left = *left || controls == limit;
    return 0;
}
