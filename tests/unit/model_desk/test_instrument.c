#include "base/decimal.h"
#include "base/mem.h"
#include "model/desk/instrument_query.h"
#include "support/world.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define LONG_TEXT                                                              \
    "0123456789012345678901234567890123456789012345678901234567890123456789"   \
    "0123456789012345678901234567890123456789012345678901234567890123456789"   \
    "0123456789012345678901234567890123456789012345678901234567890123456789"   \
    "0123456789012345678901234567890123456789012345678901234567890123456789"

struct pair {
    const char *name;
    const char *text;
};

/* All of them, until one without a name. */
static struct instrument_draft draft_of(bool is_new, const struct pair *pairs)
{
    struct instrument_draft draft = {.has = 0};
    struct err err = ERR_INIT;

    for (; pairs->name; pairs++)
        instrument_draft_set(&draft, is_new, pairs->name, pairs->text,
                             pairs->text ? strlen(pairs->text) : 0, &err);
    assert_int_equal(err.code, ERR_NONE);
    return draft;
}

static struct instrument made(struct world *w, const struct pair *pairs)
{
    struct instrument_draft draft = draft_of(true, pairs);
    struct instrument instrument;
    struct err err = ERR_INIT;

    if (instrument_create(w->db, &w->sue, &draft, &instrument, &err) < 0)
        fail_msg("%s", err.field_count ? err.fields[0].text : err.text);
    return instrument;
}

static struct instrument future(struct world *w, const char *symbol)
{
    const struct pair pairs[] = {{"symbol", symbol},  {"name", "A future"},
                                 {"currency", "EUR"}, {"tick", "0.05"},
                                 {"lot", "10"},       {"multiplier", "1000"},
                                 {"strict", "true"},  {NULL, NULL}};

    return made(w, pairs);
}

static int changed(struct world *w, int64_t id, const char *name,
                   const char *text, int64_t version,
                   struct instrument *instrument, struct err *err)
{
    const struct pair pairs[] = {{name, text}, {NULL, NULL}};
    struct instrument_draft draft = draft_of(false, pairs);

    return instrument_change(w->db, &w->sue, id, &draft, version, instrument,
                             err);
}

static void assert_json(const struct instrument *instrument, const char *want)
{
    struct buf out;

    buf_init(&out, 8192);
    instrument_put_json(&out, NULL, instrument);
    assert_string_equal(buf_text(&out), want);
    buf_release(&out);
}

static void assert_audit(struct world *w, const char *action, const char *want)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(db_prepare(w->db,
                                "SELECT action, detail, actor FROM audit "
                                "ORDER BY id DESC LIMIT 1",
                                &stmt, &err),
                     0);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_string_equal(db_text(stmt, 0, NULL), action);
    assert_string_equal(db_text(stmt, 1, NULL), want);
    assert_int_equal(db_int(stmt, 2), w->sue.user);
    db_done(&stmt);
}

static void a_new_one_has_what_is_usual(void **state)
{
    struct world *w = *state;
    const struct pair pairs[] = {{"symbol", "EDF01"}, {NULL, NULL}};
    struct instrument instrument = made(w, pairs);

    instrument.created_us = instrument.updated_us = 0;
    assert_json(&instrument,
                "{\"id\":1,\"symbol\":\"EDF01\",\"name\":\"\",\"currency\":null"
                ",\"tick\":null,\"lot\":null,\"multiplier\":\"1\",\"active\":"
                "true,\"strict\":false,\"version\":1,\"created\":"
                "\"1970-01-01T00:00:00.000000Z\",\"updated\":"
                "\"1970-01-01T00:00:00.000000Z\"}");
    assert_audit(w, "instrument.create",
                 "{\"symbol\":[null,\"EDF01\"],\"multiplier\":[null,\"1\"],"
                 "\"active\":[false,true]}");
}

static void fields_at_fault_are_named(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *fault;
    } bad[] = {
        {"symbol", "", "must not be empty"},
        {"symbol", "  ", "must not be blank"},
        {"symbol", NULL, "must not be null"},
        {"symbol", "A\n", "must not contain control characters"},
        {"symbol", "A\xE2\x80\x8B", "must not contain invisible characters"},
        {"symbol", "\xff", "must be UTF-8"},
        {"symbol", LONG_TEXT, "must be at most 255 characters"},
        {"name", LONG_TEXT, "must be at most 255 characters"},
        {"name", NULL, "must not be null"},
        {"currency", "eur", "must be two or more of A-Z and 0-9, like EUR"},
        {"currency", "E", "must be two or more of A-Z and 0-9, like EUR"},
        {"currency", "ABCDEFGHIJKLM", "must be at most 12 characters"},
        {"tick", "0", "must be greater than 0"},
        {"lot", "-1", "must be greater than 0"},
        {"lot", "x", "must be a number"},
        {"tick", "0.000000001", "must have at most 8 decimals"},
        {"multiplier", "0", "must be greater than 0"},
        {"multiplier", "", "must not be empty"},
        {"multiplier", NULL, "must not be null"},
        {"active", "yes", "must be true or false"},
        {"active", NULL, "must not be null"},
        {"id", "1", "read-only"},
        {"version", "1", "read-only"},
        {"colour", "1", "unknown field"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct instrument_draft draft = {.has = 0};
        struct err err = ERR_INIT;

        assert_int_equal(
            instrument_draft_set(&draft, true, bad[i].name, bad[i].text,
                                 bad[i].text ? strlen(bad[i].text) : 0, &err),
            -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.fields[0].name, bad[i].name);
        assert_string_equal(err.fields[0].text, bad[i].fault);
        assert_int_equal(draft.has, 0);
    }
}

static void null_and_nothing_are_one_where_null_may_be(void **state)
{
    struct world *w = *state;
    struct instrument instrument = future(w, "FGBL");
    struct err err = ERR_INIT;
    static const char *const names[] = {"currency", "tick", "lot"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_int_equal(changed(w, instrument.id, names[i], i ? NULL : "", 0,
                                 &instrument, &err),
                         0);
    assert_string_equal(instrument.currency, "");
    assert_int_equal(instrument.tick, 0);
    assert_int_equal(instrument.lot, 0);
    assert_int_equal(instrument.version, 4);
}

static void a_symbol_is_there_once(void **state)
{
    struct world *w = *state;
    const struct pair pairs[] = {{"symbol", "FGBL"}, {NULL, NULL}};
    struct instrument_draft draft = draft_of(true, pairs);
    struct instrument_draft none = {.has = 0};
    struct instrument instrument;
    struct err err = ERR_INIT;

    future(w, "FGBL");
    assert_int_equal(
        instrument_create(w->db, &w->sue, &draft, &instrument, &err), -1);
    assert_string_equal(err.fields[0].name, "symbol");
    assert_string_equal(err.fields[0].text, "already exists");
    err_clear(&err);
    assert_int_equal(
        instrument_create(w->db, &w->sue, &none, &instrument, &err), -1);
    assert_string_equal(err.fields[0].text, "is required");
    assert_int_equal(world_int(w, "SELECT count(*) FROM instrument"), 1);
    assert_int_equal(world_int(w, "SELECT count(*) FROM audit"), 1);
}

static void a_change_is_a_version_and_a_row_of_the_audit(void **state)
{
    struct world *w = *state;
    struct instrument first = future(w, "FGBL");
    struct instrument instrument;
    struct err err = ERR_INIT;

    assert_int_equal(changed(w, first.id, "tick", "0.01", 1, &instrument, &err),
                     0);
    assert_int_equal(instrument.version, 2);
    assert_int_equal(instrument.tick, DECIMAL_ONE / 100);
    assert_int_equal(instrument.lot, first.lot);
    assert_audit(
        w, "instrument.change",
        "{\"symbol\":[\"FGBL\",\"FGBL\"],\"tick\":[\"0.05\",\"0.01\"]}");
    /* One that changes nothing. */
    assert_int_equal(
        changed(w, first.id, "tick", "0.010", 2, &instrument, &err), 0);
    assert_int_equal(instrument.version, 2);
    assert_int_equal(world_int(w, "SELECT count(*) FROM audit"), 2);
    assert_int_equal(changed(w, first.id, "tick", "1", 1, &instrument, &err),
                     -1);
    assert_int_equal(err.code, ERR_STALE);
    assert_int_equal(instrument.version, 2);
    err_clear(&err);
    assert_int_equal(changed(w, 99, "tick", "1", 0, &instrument, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
}

static void a_symbol_never_changes(void **state)
{
    struct instrument_draft draft = {.has = 0};
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(
        instrument_draft_set(&draft, false, "symbol", "B", 1, &err), -1);
    assert_string_equal(err.fields[0].text, "can't be changed");
}

static void what_is_put_is_made_or_changed(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *lot;
        enum instrument_outcome outcome;
    } steps[] = {
        {"10", INSTRUMENT_CREATED},
        {"10", INSTRUMENT_UNCHANGED},
        {"20", INSTRUMENT_CHANGED},
    };

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        const struct pair pairs[] = {
            {"symbol", "FGBL"}, {"lot", steps[i].lot}, {NULL, NULL}};
        struct instrument_draft draft = draft_of(true, pairs);
        enum instrument_outcome outcome;
        struct err err = ERR_INIT;

        assert_int_equal(instrument_put(w->db, &w->sue, &draft, &outcome, &err),
                         0);
        assert_int_equal(outcome, steps[i].outcome);
    }
    assert_int_equal(world_int(w, "SELECT version FROM instrument"), 2);
    assert_int_equal(world_int(w, "SELECT count(*) FROM audit"), 2);
}

static void what_is_removed_is_told_of(void **state)
{
    struct world *w = *state;
    struct instrument instrument = future(w, "FGBL");
    struct err err = ERR_INIT;

    assert_int_equal(
        instrument_remove(w->db, &w->sue, instrument.id, 7, &instrument, &err),
        -1);
    assert_int_equal(err.code, ERR_STALE);
    err_clear(&err);
    assert_int_equal(
        instrument_remove(w->db, &w->sue, instrument.id, 1, &instrument, &err),
        0);
    assert_int_equal(world_int(w, "SELECT count(*) FROM instrument"), 0);
    assert_audit(
        w, "instrument.remove",
        "{\"symbol\":[\"FGBL\",null],\"name\":[\"A future\",null],"
        "\"currency\":[\"EUR\",null],\"tick\":[\"0.05\",null],\"lot\":"
        "[\"10\",null],\"multiplier\":[\"1000\",null],\"active\":[true,"
        "false],\"strict\":[true,false]}");
    assert_int_equal(
        instrument_remove(w->db, &w->sue, instrument.id, 0, &instrument, &err),
        -1);
    assert_int_equal(err.code, ERR_MISSING);
}

static void terms_are_those_of_one_that_is_strict(void **state)
{
    struct world *w = *state;
    struct instrument instrument = future(w, "FGBL");
    struct instrument_terms terms;
    struct err err = ERR_INIT;

    assert_int_equal(instrument_terms_of(w->db, "FGBL", &terms, &err), 0);
    assert_int_equal(terms.tick, DECIMAL_ONE / 20);
    assert_int_equal(terms.lot, 10 * DECIMAL_ONE);
    assert_int_equal(terms.multiplier, 1000 * DECIMAL_ONE);
    assert_false(terms.is_closed);
    changed(w, instrument.id, "active", "false", 0, &instrument, &err);
    assert_int_equal(instrument_terms_of(w->db, "FGBL", &terms, &err), 0);
    assert_true(terms.is_closed);
    changed(w, instrument.id, "strict", "false", 0, &instrument, &err);
    assert_int_equal(instrument_terms_of(w->db, "FGBL", &terms, &err), 0);
    assert_int_equal(terms.tick + terms.lot, 0);
    assert_int_equal(terms.multiplier, 1000 * DECIMAL_ONE);
    assert_false(terms.is_closed);
    assert_int_equal(instrument_terms_of(w->db, "fgbl", &terms, &err), 0);
    assert_int_equal(terms.multiplier, DECIMAL_ONE);
}

static int64_t tick_of(struct world *w, const char *symbol)
{
    struct instrument_terms terms;
    struct err err = ERR_INIT;

    assert_int_equal(instrument_terms_of(w->db, symbol, &terms, &err), 0);
    return terms.tick;
}

/* However often they were looked at before. */
static void terms_are_those_of_now(void **state)
{
    struct world *w = *state;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct instrument instrument;
    struct err err = ERR_INIT;

    assert_int_equal(tick_of(w, "FGBL"), 0);
    assert_int_equal(db_savepoint(w->db, &point, &err), 0);
    instrument = future(w, "FGBL");
    assert_int_equal(tick_of(w, "FGBL"), DECIMAL_ONE / 20);
    db_rollback(&point);
    assert_int_equal(tick_of(w, "FGBL"), 0);
    instrument = future(w, "FGBL");
    assert_int_equal(tick_of(w, "FGBL"), DECIMAL_ONE / 20);
    assert_int_equal(
        instrument_remove(w->db, &w->sue, instrument.id, 0, &instrument, &err),
        0);
    assert_int_equal(tick_of(w, "FGBL"), 0);
}

static int add_symbol(void *arg, const struct instrument *instrument,
                      struct err *err)
{
    buf_printf(arg, "%s ", instrument->symbol);
    return buf_check(arg, err);
}

static void assert_list(struct world *w, const struct instrument_query *query,
                        int64_t matching, const char *want)
{
    struct instrument_counts counts;
    struct err err = ERR_INIT;
    struct buf symbols;

    buf_init(&symbols, 1000);
    if (instrument_query_run(w->db, query, &counts, add_symbol, &symbols,
                             &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(counts.total, 3);
    assert_int_equal(counts.matching, matching);
    assert_string_equal(buf_text(&symbols), want);
    buf_release(&symbols);
}

static unsigned bit(const char *name)
{
    return 1U << (instrument_column_find(name, strlen(name)) -
                  instrument_columns);
}

static size_t column(const char *name)
{
    return (size_t)(instrument_column_find(name, strlen(name)) -
                    instrument_columns);
}

static void lists_are_searched_filtered_sorted_and_paged(void **state)
{
    struct world *w = *state;
    const struct pair share[] = {
        {"symbol", "EDF"}, {"name", "\xC3\x89lectricit\xC3\xA9"}, {NULL, NULL}};
    const struct pair dollar[] = {{"symbol", "abc"},
                                  {"currency", "USD"},
                                  {"active", "false"},
                                  {NULL, NULL}};
    struct instrument_query query = {.limit = 10};
    const unsigned all = instrument_query_searchable();
    future(w, "FGBL");
    made(w, share);
    made(w, dollar);
    assert_list(w, &query, 3, "EDF FGBL abc ");
    query.limit = 1;
    query.offset = 1;
    assert_list(w, &query, 3, "FGBL ");
    query = (struct instrument_query){.limit = 10, .order_count = 1};
    query.orders[0].column = column("symbol");
    assert_list(w, &query, 3, "abc EDF FGBL ");
    query.orders[0].column = column("tick");
    query.orders[0].descending = true;
    assert_list(w, &query, 3, "FGBL abc EDF ");
    query = (struct instrument_query){.limit = 10, .word_count = 2};
    query.words[0] = (struct instrument_word){"\xC3\xA9LEC", 5, all, false};
    query.words[1] = (struct instrument_word){"x", 1, all, true};
    assert_list(w, &query, 1, "EDF ");
    query.words[0] = (struct instrument_word){"%", 1, all, false};
    assert_list(w, &query, 0, "");
    query.words[0] = (struct instrument_word){"usd", 3, bit("symbol"), false};
    assert_list(w, &query, 0, "");
    query.words[0].columns = bit("currency");
    assert_list(w, &query, 1, "abc ");
    query = (struct instrument_query){.limit = 10,
                                      .filters = bit("active"),
                                      .wanted = bit("active"),
                                      .currency = "EUR"};
    assert_list(w, &query, 1, "FGBL ");
    query = (struct instrument_query){.limit = 10, .symbol_count = 2};
    query.symbols[0].text = "abc";
    query.symbols[0].len = 3;
    query.symbols[1].text = "EDFX";
    query.symbols[1].len = 3;
    assert_list(w, &query, 2, "EDF abc ");
}

/* What fails for want of memory is told, and leaves nothing. */
static int try_create(struct world *w, struct err *err)
{
    const struct pair pairs[] = {{"symbol", "NEW"}, {NULL, NULL}};
    struct instrument_draft draft = draft_of(true, pairs);
    struct instrument instrument;

    return instrument_create(w->db, &w->sue, &draft, &instrument, err);
}

static int try_change(struct world *w, struct err *err)
{
    struct instrument instrument;

    return changed(w, 1, "lot", "3", 0, &instrument, err);
}

static int try_remove(struct world *w, struct err *err)
{
    struct instrument instrument;

    return instrument_remove(w->db, &w->sue, 1, 0, &instrument, err);
}

static int ignore_row(void *arg, const struct instrument *instrument,
                      struct err *err)
{
    (void)arg;
    (void)instrument;
    (void)err;
    return 0;
}

static int try_list(struct world *w, struct err *err)
{
    struct instrument_query query = {.limit = 10, .word_count = 1};
    struct instrument_counts counts;

    query.words[0] = (struct instrument_word){
        "\xC3\xA9", 2, instrument_query_searchable(), false};
    return instrument_query_run(w->db, &query, &counts, ignore_row, NULL, err);
}

static void memory_that_is_refused_is_told(void **state)
{
    static int (*const tries[])(struct world * w, struct err * err) = {
        try_create, try_change, try_remove, try_list};
    struct world *w = *state;
    struct buf outbox;

    future(w, "FGBL");
    buf_init(&outbox, 1000);
    world_commit(w, &outbox);
    buf_release(&outbox);
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        int rc = -1;

        for (unsigned n = 1; rc < 0; n++) {
            struct db_savepoint point = DB_SAVEPOINT_NONE;
            struct err err = ERR_INIT;

            assert_int_equal(db_savepoint(w->db, &point, &err), 0);
            mem_fail_after(n);
            rc = tries[i](w, &err);
            mem_fail_after(0);
            if (rc < 0)
                assert_int_equal(err.code, ERR_NOMEM);
            db_rollback(&point);
            /* The engine may have ended it all. */
            if (!db_in_transaction(w->db)) {
                db_abort(w->db);
                assert_int_equal(db_begin(w->db, &err), 0);
            }
        }
        assert_int_equal(world_int(w, "SELECT count(*) FROM instrument"), 1);
        assert_int_equal(world_int(w, "SELECT count(*) FROM audit"), 1);
    }
}

SUITE(instrument)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(a_new_one_has_what_is_usual),
        cmocka_unit_test(fields_at_fault_are_named),
        WORLD_TEST(null_and_nothing_are_one_where_null_may_be),
        WORLD_TEST(a_symbol_is_there_once),
        WORLD_TEST(a_change_is_a_version_and_a_row_of_the_audit),
        cmocka_unit_test(a_symbol_never_changes),
        WORLD_TEST(what_is_put_is_made_or_changed),
        WORLD_TEST(what_is_removed_is_told_of),
        WORLD_TEST(terms_are_those_of_one_that_is_strict),
        WORLD_TEST(terms_are_those_of_now),
        WORLD_TEST(lists_are_searched_filtered_sorted_and_paged),
        WORLD_TEST(memory_that_is_refused_is_told),
    };

    return cmocka_run_group_tests_name("instrument", tests, NULL, NULL);
}
