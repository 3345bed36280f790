#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "model/accounts/session.h"
#include "store/migrate.h"
#include "support/schema.h"
#include "support/world.h"
#include "web/access/logins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define SECRET "a-secret"
#define HOUR_US (3600 * CLOCK_S)

/* A file with one user and their token; who writes to it, and who looks up. */
struct place {
    char path[64];
    struct db *writer;
    struct db *reader;
    struct logins *logins;
};

static void write_now(struct place *p, const char *sql)
{
    struct err err = ERR_INIT;

    if (db_exec(p->writer, sql, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
}

static void add_login(struct place *p)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    uint8_t hash[SECRET_DIGEST];

    write_now(p, "INSERT INTO \"user\" (id, username, username_folded, "
                 "password, date_joined) VALUES (1, 'ann', 'ann', '!', 0)");
    secret_sha256(SECRET, strlen(SECRET), hash);
    assert_int_equal(
        db_prepare(p->writer,
                   "INSERT INTO token (hash, \"user\", name, created, "
                   "last_used, expires) VALUES (?1, 1, 't', ?2, ?2, ?3)",
                   &stmt, &err),
        0);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, clock_now_us());
    db_bind_int(stmt, 3, clock_now_us() + HOUR_US);
    assert_int_equal(db_run(&stmt, &err), 0);
}

static int place_open(void **state)
{
    struct place *p = mem_zalloc(sizeof(*p));
    struct err err = ERR_INIT;
    struct buf schema;
    int applied;

    snprintf(p->path, sizeof(p->path), "/tmp/logins-test-%ld.db",
             (long)getpid());
    buf_init(&schema, 1 << 20);
    schema_read(LWSAPP_SCHEMA, &schema);
    assert_int_equal(db_open(&p->writer, p->path, DB_WRITE, &err), 0);
    assert_int_equal(migrate_run(p->writer, buf_text(&schema), &applied, &err),
                     0);
    buf_release(&schema);
    add_login(p);
    assert_int_equal(db_open(&p->reader, p->path, DB_READ, &err), 0);
    p->logins = logins_new(p->reader);
    assert_non_null(p->logins);
    *state = p;
    return 0;
}

static int place_close(void **state)
{
    struct place *p = *state;

    clock_shift_us(0);
    logins_free(p->logins);
    db_close(p->reader);
    db_close(p->writer);
    unlink(p->path);
    mem_free(p);
    return 0;
}

/* ERR_NONE: somebody is behind it. */
static enum err_code look_by(struct place *p, enum request_header header,
                             const char *value, struct actor *actor)
{
    struct request request;
    struct err err = ERR_INIT;
    char session[CREDENTIAL_MAX];
    int64_t touch_session = 0;
    int64_t touch_token = 0;

    request_init(&request);
    snprintf(request.address, sizeof(request.address), "192.0.2.7");
    assert_int_equal(
        request_set_header(&request, header, value, strlen(value), &err), 0);
    if (logins_actor(p->logins, &request, actor, session, &touch_session,
                     &touch_token, &err) == 0) {
        assert_string_equal(actor->address, "192.0.2.7");
        assert_string_equal(session, header == HEADER_COOKIE ? SECRET : "");
        assert_int_equal(touch_session, 0);
    }
    request_release(&request);
    return err.code;
}

static enum err_code look(struct place *p, struct actor *actor)
{
    return look_by(p, HEADER_AUTHORIZATION, "Token " SECRET, actor);
}

/* With no time left, whoever asks the database is refused. */
static enum err_code look_without_database(struct place *p)
{
    struct actor actor;
    enum err_code code;

    db_budget(p->reader, 1);
    clock_shift_us(CLOCK_S / 100);
    code = look(p, &actor);
    clock_shift_us(0);
    db_budget(p->reader, 0);
    return code;
}

static void what_was_found_is_not_asked_for_again(void **state)
{
    struct place *p = *state;
    struct actor actor;

    assert_int_equal(look_without_database(p), ERR_BUDGET);
    assert_int_equal(look(p, &actor), ERR_NONE);
    assert_int_equal(actor.user, 1);
    assert_int_equal(look_without_database(p), ERR_NONE);
    write_now(p, "UPDATE \"user\" SET first_name = 'Ann' WHERE id = 1");
    assert_int_equal(look_without_database(p), ERR_BUDGET);
}

static void a_commit_is_seen_at_once(void **state)
{
    struct place *p = *state;
    struct actor actor;

    assert_int_equal(look(p, &actor), ERR_NONE);
    assert_false(actor.is_staff);
    write_now(p, "UPDATE \"user\" SET is_staff = 1 WHERE id = 1");
    assert_int_equal(look(p, &actor), ERR_NONE);
    assert_true(actor.is_staff);
    write_now(p, "PRAGMA wal_checkpoint(TRUNCATE)");
    write_now(p, "DELETE FROM token");
    assert_int_equal(look(p, &actor), ERR_UNAUTHENTICATED);
}

static void it_ends_when_its_time_is_over(void **state)
{
    struct place *p = *state;
    struct actor actor;

    clock_shift_us(HOUR_US - CLOCK_S / 2);
    assert_int_equal(look(p, &actor), ERR_NONE);
    clock_shift_us(HOUR_US + CLOCK_S / 4);
    assert_int_equal(look(p, &actor), ERR_UNAUTHENTICATED);
}

static void a_token_is_no_session(void **state)
{
    struct place *p = *state;
    struct actor actor;

    assert_int_equal(look(p, &actor), ERR_NONE);
    assert_int_equal(look_by(p, HEADER_COOKIE, "sessionid=" SECRET, &actor),
                     ERR_UNAUTHENTICATED);
    assert_int_equal(
        look_by(p, HEADER_AUTHORIZATION, "Token another-one", &actor),
        ERR_UNAUTHENTICATED);
}

static void without_memory_it_is_looked_up(void **state)
{
    struct place *p = *state;
    struct actor actor;

    /* Of which the statement stays prepared. */
    assert_int_equal(
        look_by(p, HEADER_AUTHORIZATION, "Token another-one", &actor),
        ERR_UNAUTHENTICATED);
    mem_fail_after(2); /* behind the header */
    assert_int_equal(look(p, &actor), ERR_NONE);
    mem_fail_after(0);
    assert_int_equal(look_without_database(p), ERR_BUDGET);
}

#define PLACE_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, place_open, place_close)

SUITE(logins)
{
    static const struct CMUnitTest tests[] = {
        PLACE_TEST(what_was_found_is_not_asked_for_again),
        PLACE_TEST(a_commit_is_seen_at_once),
        PLACE_TEST(it_ends_when_its_time_is_over),
        PLACE_TEST(a_token_is_no_session),
        PLACE_TEST(without_memory_it_is_looked_up),
    };

    return cmocka_run_group_tests_name("logins", tests, NULL, NULL);
}
