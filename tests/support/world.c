#include "support/world.h"
#include "base/mem.h"
#include "base/text.h"
#include "support/database.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const struct {
    const char *username;
    const char *folded;
    bool is_active;
    bool is_staff;
} users[] = {
    {"ann", "ann", true, false},
    {"Bob", "bob", true, false},
    {"sue", "sue", true, true},
    {"gone", "gone", false, false},
};

static void add_user(struct world *w, size_t i, struct err *err)
{
    struct db_stmt *stmt = NULL;

    assert_int_equal(
        db_prepare(w->db,
                   "INSERT INTO \"user\" (username, username_folded, password, "
                   "is_active, is_staff, date_joined) "
                   "VALUES (?1, ?2, '!', ?3, ?4, 0)",
                   &stmt, err),
        0);
    db_bind_str(stmt, 1, users[i].username);
    db_bind_str(stmt, 2, users[i].folded);
    db_bind_int(stmt, 3, users[i].is_active);
    db_bind_int(stmt, 4, users[i].is_staff);
    assert_int_equal(db_run(&stmt, err), 0);
}

static struct actor actor_of(size_t i)
{
    struct actor actor = {
        .user = (int64_t)i + 1,
        .is_active = users[i].is_active,
        .is_staff = users[i].is_staff,
        .may_add = true,
        .may_change = true,
        .may_delete = true,
        .is_confirmed = true,
        .address = "127.0.0.1",
    };

    memcpy(actor.username, users[i].username, strlen(users[i].username) + 1);
    return actor;
}

int world_open(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));
    struct err err = ERR_INIT;

    w->db = database_open();
    assert_int_equal(db_begin(w->db, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(users); i++)
        add_user(w, i, &err);
    w->ann = actor_of(0);
    w->bob = actor_of(1);
    w->sue = actor_of(2);
    memcpy(w->command.address, "command", sizeof("command"));
    *state = w;
    return 0;
}

int world_close(void **state)
{
    struct world *w = *state;

    world_check(w);
    db_abort(w->db);
    db_close(w->db);
    mem_free(w);
    return 0;
}

void world_check(struct world *w)
{
    static const char *const never[] = {
        "SELECT COUNT(*) FROM stream s WHERE s.order_count <> "
        "(SELECT COUNT(*) FROM orders o WHERE o.owner = s.owner)",
        "SELECT COUNT(*) FROM orders o WHERE NOT EXISTS (SELECT 1 FROM event e "
        "WHERE e.id = o.all_position AND e.order_id = o.id AND "
        "e.owner = o.owner AND e.position = o.position AND "
        "e.time = o.updated AND e.kind <> 'delete')",
        "SELECT COUNT(*) FROM tombstone t JOIN orders o ON o.id = t.order_id "
        "WHERE t.stream = o.owner OR t.stream = 0",
        "SELECT COUNT(*) FROM tombstone t WHERE t.stream <> 0 AND NOT EXISTS "
        "(SELECT 1 FROM event e WHERE e.owner = t.stream AND "
        "e.position = t.position AND e.order_id = t.order_id AND "
        "e.kind = 'delete')",
        "SELECT COUNT(*) FROM tombstone t WHERE t.stream = 0 AND NOT EXISTS "
        "(SELECT 1 FROM event e WHERE e.id = t.position AND "
        "e.order_id = t.order_id AND e.kind = 'delete')",
        "SELECT COUNT(*) FROM stream s WHERE s.position <> "
        "(SELECT COUNT(*) FROM event e WHERE e.owner = s.owner) OR "
        "s.position <> (SELECT MAX(e.position) FROM event e "
        "WHERE e.owner = s.owner)",
        "SELECT COUNT(*) - COALESCE(MAX(id), 0) FROM event",
        "SELECT COUNT(*) FROM (SELECT previous, lag(id) OVER "
        "(PARTITION BY order_id ORDER BY id) AS before FROM event) "
        "AS chain WHERE previous IS DISTINCT FROM before",
    };

    for (size_t i = 0; i < ARRAY_LEN(never) && !w->is_purged; i++)
        assert_int_equal(world_int(w, never[i]), 0);
}

void world_commit(struct world *w, struct buf *outbox)
{
    struct err err = ERR_INIT;

    assert_int_equal(db_commit(w->db, &err), 0);
    db_take_outbox(w->db, outbox);
    assert_int_equal(db_begin(w->db, &err), 0);
}

int64_t world_int(struct world *w, const char *sql)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t value;

    if (db_prepare(w->db, sql, &stmt, &err) < 0 || db_step(stmt, &err) != 1)
        fail_msg("%s: %s", sql, err.text);
    value = db_int(stmt, 0);
    db_done(&stmt);
    return value;
}

void world_exec(struct world *w, const char *sql)
{
    struct err err = ERR_INIT;

    if (db_exec(w->db, sql, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
}
