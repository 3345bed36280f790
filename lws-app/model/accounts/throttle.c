#include "model/accounts/throttle.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "model/accounts/actor.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define KEY_MAX (16 + SECRET_TEXT_MAX + ADDRESS_MAX)
#define EVERYWHERE "everywhere"

static void address_key(char key[KEY_MAX], const char *address)
{
    char site[ADDRESS_TEXT_MAX];

    address_site_text(address, site);
    snprintf(key, KEY_MAX, "address|%s", site);
}

/* A digest of the name: people type passwords where the name belongs. Beyond
 * USERNAME_MAX there is no account to guess at. site: or EVERYWHERE. */
static int account_site_key(char key[KEY_MAX], const char *site,
                            const char *username, struct err *err)
{
    uint8_t digest[SECRET_DIGEST];
    char text[SECRET_TEXT_MAX];
    struct buf folded;
    int rc = -1;

    buf_init(&folded, USERNAME_FOLDED_MAX);
    text_fold(&folded, username, strnlen(username, USERNAME_MAX - 1));
    if (buf_check(&folded, err) == 0) {
        secret_sha256(buf_text(&folded), folded.len, digest);
        secret_encode(digest, sizeof(digest), text);
        snprintf(key, KEY_MAX, "account|%s|%s", text, site);
        rc = 0;
    }
    buf_release(&folded);
    return rc;
}

static int account_key(char key[KEY_MAX], const char *address,
                       const char *username, struct err *err)
{
    char site[ADDRESS_TEXT_MAX];

    address_site_text(address, site);
    return account_site_key(key, site, username, err);
}

/* In the window that began at *since, unless it is over. */
static int read_failures(struct db *db, const char *key, int window_s,
                         int64_t *failures, int64_t *since, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t now = db_time_us(db);
    int rc;

    *failures = 0;
    *since = 0;

    if (db_prepare(db, "SELECT failures, since FROM throttle WHERE key = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, key);
    rc = db_step(stmt, err);
    if (rc == 1) {
        *failures = db_int(stmt, 0);
        *since = db_int(stmt, 1);
    }
    db_done(&stmt);
    if (*since > now) /* the clock was set back since */
        *since = now;
    if (*since <= now - window_s * CLOCK_S)
        *failures = 0;
    return rc < 0 ? -1 : 0;
}

static int check_key(struct db *db, const char *key, int limit, int window_s,
                     struct err *err)
{
    int64_t now = db_time_us(db);
    int64_t failures;
    int64_t since;

    if (read_failures(db, key, window_s, &failures, &since, err) < 0)
        return -1;
    if (failures < limit)
        return 0;
    err_set(err, ERR_THROTTLED, "too many failed logins: wait, then try again");
    /* Rounded up: who comes back then is let in. */
    err->retry_after_s =
        (int)((since + (window_s + 1) * CLOCK_S - 1 - now) / CLOCK_S);
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
                   "failures = CASE WHEN throttle.since <= ?3 THEN 1 "
                   "ELSE throttle.failures + 1 END, "
                   "since = CASE WHEN throttle.since <= ?3 THEN ?2 "
                   "ELSE throttle.since END",
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
    if (account_key(key, address, username, err) < 0)
        return -1;
    return check_key(db, key, limits->per_account, limits->window_s, err);
}

int throttle_fail(struct db *db, const struct throttle_limits *limits,
                  const char *address, const char *username, struct err *err)
{
    char key[KEY_MAX];

    address_key(key, address);
    if (fail_key(db, key, limits->window_s, err) < 0)
        return -1;
    if (account_key(key, address, username, err) < 0 ||
        fail_key(db, key, limits->window_s, err) < 0)
        return -1;
    if (account_site_key(key, EVERYWHERE, username, err) < 0)
        return -1;
    return fail_key(db, key, limits->window_s, err);
}

int throttle_delay(struct db *db, const struct throttle_limits *limits,
                   const char *username, int *delay_s, struct err *err)
{
    char key[KEY_MAX];
    int64_t failures;
    int64_t since;

    *delay_s = 0;
    if (account_site_key(key, EVERYWHERE, username, err) < 0 ||
        read_failures(db, key, limits->window_s, &failures, &since, err) < 0)
        return -1;
    if (failures < THROTTLE_FREE)
        return 0;
    *delay_s = THROTTLE_DELAY_MAX_S;
    if (failures - THROTTLE_FREE < 5)
        *delay_s = 1 << (failures - THROTTLE_FREE);
    return 0;
}

int throttle_forget(struct db *db, const char *address, const char *username,
                    struct err *err)
{
    struct db_stmt *stmt = NULL;
    char key[KEY_MAX];

    if (account_key(key, address, username, err) < 0 ||
        db_prepare(db, "DELETE FROM throttle WHERE key = ?1", &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, key);
    return db_run(&stmt, err);
}
