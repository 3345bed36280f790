#include "accounts.h"
#include "model/accounts/session.h"
#include "model/accounts/user_column.h"
#include "model/log/control.h"
#include "support/database.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define CONTROLS_MAX 64

struct user draft(const char *username)
{
    struct user user = {.password = "!", .is_active = true, .may_add = true};

    snprintf(user.username, sizeof(user.username), "%s", username);
    return user;
}

int64_t made(struct world *w, const char *username)
{
    struct user user = draft(username);
    struct err err = ERR_INIT;
    int64_t id;

    assert_int_equal(user_create(w->db, NULL, &user, NULL, &id, &err), 0);
    return id;
}

int set_rights(struct world *w, const struct user *user, struct err *err)
{
    struct user_draft draft = {.user = *user};
    struct user after;

    for (size_t i = 0; i < user_columns_count; i++) {
        if (user_columns[i].flags & USER_RIGHT)
            draft.has |= 1UL << i;
    }
    return user_change(w->db, NULL, user->id, &draft, &after, err);
}

struct logins logged_in(struct world *w, const char *username)
{
    struct logins logins = {.user = made(w, username)};
    struct token_draft draft = {.name = "t", .lifetime_s = HOUR_S};
    struct err err = ERR_INIT;

    assert_int_equal(session_create(w->db, logins.user, "127.0.0.1", "agent",
                                    HOUR_S, logins.session_secret,
                                    &logins.session, &err),
                     0);
    draft.user = logins.user;
    assert_int_equal(token_create(w->db, NULL, &draft, logins.token_secret,
                                  &logins.token, &err),
                     0);
    return logins;
}

/* A refusal says why, and nothing else. */
static bool is_live(int rc, const struct err *err)
{
    if (rc < 0)
        assert_int_equal(err->code, ERR_UNAUTHENTICATED);
    return rc == 0;
}

bool session_is_live(struct world *w, const char *secret)
{
    struct actor actor;
    struct err err = ERR_INIT;
    bool touch;

    return is_live(session_find(w->db, secret, &actor, &touch, &err), &err);
}

bool token_is_live(struct world *w, const char *secret)
{
    struct actor actor;
    struct err err = ERR_INIT;
    bool touch;

    return is_live(token_find(w->db, secret, &actor, &touch, &err), &err);
}

static bool is_live_by_id(struct world *w, int64_t session, int64_t token)
{
    struct actor actor;
    struct err err = ERR_INIT;

    return is_live(session_reread(w->db, session, token, &actor, &err), &err);
}

int live_logins(struct world *w, const struct logins *logins)
{
    bool session = session_is_live(w, logins->session_secret);
    bool token = token_is_live(w, logins->token_secret);

    assert_int_equal(is_live_by_id(w, logins->session, 0), session);
    assert_int_equal(is_live_by_id(w, 0, logins->token.id), token);
    return session + token;
}

void later(struct world *w, int64_t seconds)
{
    struct buf outbox;

    clock_shift_us(seconds * CLOCK_S);
    buf_init(&outbox, 65536);
    world_commit(w, &outbox);
    buf_release(&outbox);
}

void change(struct world *w, const char *fmt, ...)
{
    char sql[2048];
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(sql, sizeof(sql), fmt, args);
    va_end(args);
    assert_in_range(len, 1, sizeof(sql) - 1);
    world_exec(w, sql);
}

int64_t rows(struct world *w, const char *table)
{
    char sql[128];

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"%s\"", table);
    return world_int(w, sql);
}

static void put_control(struct buf *out, const struct control *control)
{
    buf_printf(out, "%s %" PRId64 " %" PRId64 "; ",
               control_kind_name(control->kind), control->user, control->which);
}

static void assert_stored(struct world *w, const struct control *announced,
                          int count)
{
    struct control stored[CONTROLS_MAX];
    struct err err = ERR_INIT;

    assert_int_equal(
        control_read(w->db, announced[0].id - 1, stored, CONTROLS_MAX, &err),
        count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(stored[i].id, announced[i].id);
        assert_int_equal(stored[i].user, announced[i].user);
        assert_int_equal(stored[i].kind, announced[i].kind);
        assert_int_equal(stored[i].which, announced[i].which);
        assert_int_equal(stored[i].time_us, announced[i].time_us);
    }
}

void expect_controls(struct world *w, const char *fmt, ...)
{
    struct control announced[CONTROLS_MAX];
    struct buf outbox;
    struct buf told;
    char wanted[512];
    const char *cursor;
    const char *end;
    int count = 0;
    va_list args;

    va_start(args, fmt);
    vsnprintf(wanted, sizeof(wanted), fmt, args);
    va_end(args);
    buf_init(&outbox, 65536);
    buf_init(&told, 4096);
    world_commit(w, &outbox);
    cursor = buf_text(&outbox);
    end = cursor + outbox.len;
    while (control_decode(&cursor, end, &announced[count]) == 1)
        put_control(&told, &announced[count++]);
    assert_ptr_equal(cursor, end);
    assert_string_equal(buf_text(&told), wanted);
    if (count)
        assert_stored(w, announced, count);
    buf_release(&told);
    buf_release(&outbox);
}

/* Every column of every table; a server shows bytes as digits. */
static const char *columns_sql(void)
{
    return database_is_on_server()
               ? "SELECT table_name, column_name FROM "
                 "information_schema.columns WHERE table_schema = 'public'"
               : "SELECT m.name, c.name FROM sqlite_master m, "
                 "pragma_table_info(m.name) c WHERE m.type = 'table'";
}

static void put_count(struct buf *sql, const char *table, const char *column,
                      const char *text)
{
    if (database_is_on_server())
        buf_printf(sql,
                   " + (SELECT count(*) FROM \"%s\" WHERE "
                   "strpos(\"%s\"::text, '%s') > 0)",
                   table, column, text);
    else
        buf_printf(sql,
                   " + (SELECT count(*) FROM \"%s\" WHERE "
                   "instr(CAST(\"%s\" AS BLOB), CAST('%s' AS BLOB)))",
                   table, column, text);
}

static int64_t count_stored(struct world *w, const char *text)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    struct buf sql;
    int columns = 0;
    int64_t count;

    buf_init(&sql, 65536);
    buf_put_text(&sql, "SELECT 0");
    assert_int_equal(db_prepare(w->db, columns_sql(), &stmt, &err), 0);
    while (db_step(stmt, &err) == 1) {
        put_count(&sql, db_text(stmt, 0, NULL), db_text(stmt, 1, NULL), text);
        columns++;
    }
    db_done(&stmt);
    assert_true(columns > 60);
    count = world_int(w, buf_text(&sql));
    buf_release(&sql);
    return count;
}

void assert_not_stored(struct world *w, const char *text)
{
    char digits[512];
    size_t len = strlen(text);

    assert_int_equal(count_stored(w, text), 0);
    if (!database_is_on_server())
        return;
    assert_true(2 * len < sizeof(digits));
    for (size_t i = 0; i < len; i++)
        snprintf(digits + 2 * i, 3, "%02x", (unsigned char)text[i]);
    assert_int_equal(count_stored(w, digits), 0);
}

void assert_field(const struct err *err, const char *name)
{
    assert_int_equal(err->code, ERR_INVALID);
    for (size_t i = 0; i < err->field_count; i++) {
        if (!strcmp(err->fields[i].name, name))
            return;
    }
    fail_msg("%s is not among the fields at fault", name);
}
