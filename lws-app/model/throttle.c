#include "model/throttle.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/actor.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define KEY_MAX (USERNAME_MAX * 3 + ADDRESS_MAX + 8)

static void address_key(char key[KEY_MAX], const char *address)
{
    snprintf(key, KEY_MAX, "address|%s", address);
}

static void account_key(char key[KEY_MAX], const char *address,
                        const char *username)
{
    struct buf folded;

    buf_init(&folded, USERNAME_MAX * 3);
    text_fold(&folded, username, strlen(username));
    snprintf(key, KEY_MAX, "account|%s|%s", address, buf_text(&folded));
    buf_release(&folded);
}

static int check_key(struct db *db, const char *key, int limit, int window_s,
                     struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t now = db_time_us(db);
    int64_t failures = 0;
    int64_t since = 0;
    int rc;

    if (db_prepare(db, "SELECT failures, since FROM throttle WHERE key = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, key);
    rc = db_step(stmt, err);
    if (rc == 1) {
        failures = db_int(stmt, 0);
        since = db_int(stmt, 1);
    }
    db_done(&stmt);
    if (rc < 0)
        return -1;
    if (failures < limit || now - since >= window_s * CLOCK_S)
        return 0;
    err_set(err, ERR_THROTTLED, "too many failed logins: wait, then try again");
    err->retry_after_s = (int)((since + window_s * CLOCK_S - now) / CLOCK_S);
    if (err->retry_after_s < 1)
        err->retry_after_s = 1;
    if (err->retry_after_s > window_s)
        err->retry_after_s = window_s;
    return -1;
}

static int fail_key(struct db *db, const char *key, int window_s,
                    struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t now = db_time_us(db);

    if (db_prepare(db,
                   "INSERT INTO throttle (key, failures, since) "
                   "VALUES (?1, 1, ?2) ON CONFLICT (key) DO UPDATE SET "
                   "failures = CASE WHEN since <= ?3 THEN 1 "
                   "ELSE failures + 1 END, "
                   "since = CASE WHEN since <= ?3 THEN ?2 ELSE since END",
                   &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, key);
    db_bind_int(stmt, 2, now);
    db_bind_int(stmt, 3, now - window_s * CLOCK_S);
    return db_run(&stmt, err);
}

int throttle_check(struct db *db, const struct throttle_limits *limits,
                   const char *address, const char *username, struct err *err)
{
    char key[KEY_MAX];

    address_key(key, address);
    if (check_key(db, key, limits->per_address, limits->window_s, err) < 0)
        return -1;
    account_key(key, address, username);
    return check_key(db, key, limits->per_account, limits->window_s, err);
}

int throttle_fail(struct db *db, const struct throttle_limits *limits,
                  const char *address, const char *username, struct err *err)
{
    char key[KEY_MAX];

    address_key(key, address);
    if (fail_key(db, key, limits->window_s, err) < 0)
        return -1;
    account_key(key, address, username);
    return fail_key(db, key, limits->window_s, err);
}

int throttle_forget(struct db *db, const char *address, const char *username,
                    struct err *err)
{
    struct db_stmt *stmt = NULL;
    char key[KEY_MAX];

    account_key(key, address, username);
    if (db_prepare(db, "DELETE FROM throttle WHERE key = ?1", &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, key);
    return db_run(&stmt, err);
}
