#include "base/clock.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/symbols.h"
#include "fanout/market.h"
#include "support/suite.h"
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/*
 * Ticks and trades at random, sessions that follow and unfollow, read at once,
 * slowly or not at all; now and then memory fails. Whatever a session is given
 * is of a symbol that it follows, the newest there is, and with what was
 * skipped adds up to what was accepted. Trades come in order and without a hole
 * that was not told of.
 */
#define SYMBOLS 24
#define SESSIONS 10
#define STEPS 30000
#define TRADES_MAX STEPS

static const char *const symbols[SYMBOLS] = {
    "A",        "AA",        "AB",  "ABC", "B",   "B1", "B2",  "B3",
    "B4",       "C",         "C\"", "CC",  "D",   "D1", "D11", "D12",
    "\xC3\xA9", "\xC3\xA9t", "X",   "XU",  "XUV", "Y",  "Z",   "Z9"};
static const char *const prefixes[] = {"A*", "B*",        "D1*",
                                       "*",  "\xC3\xA9*", "Q*"};

struct reader {
    struct market_session *session;
    const char *names;
    bool due;
    bool quotes, trades;
    bool follows[SYMBOLS];
    bool named[SYMBOLS];
    bool has_prefix[ARRAY_LEN(prefixes)];
    /* Accepted up to the last quote given; -1: none was, the next is the
     * snapshot, or the first line. */
    int64_t given[SYMBOLS];
    bool knows[SYMBOLS];
    int trades_from[SYMBOLS]; /* those behind it are his */
    int last_trade;
    bool lost[TRADES_MAX + 1]; /* told of */
};

struct world {
    struct market *market;
    uint32_t seed;
    int64_t now_us; /* monotonic */
    struct market_at at;
    struct reader readers[SESSIONS];
    int64_t accepted[SYMBOLS];
    int64_t seq[SYMBOLS];
    int trade_count;
    int trade_symbol[TRADES_MAX + 1];
    uint64_t trade_at[TRADES_MAX + 1];
    int64_t quotes, snapshots, skipped, trades, gaps, fails;
};

static uint32_t chance(struct world *w, uint32_t below)
{
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 17;
    w->seed ^= w->seed << 5;
    return w->seed % below;
}

static int symbol_of(const cJSON *item)
{
    const char *name = cJSON_GetObjectItem(item, "symbol")->valuestring;

    for (int i = 0; i < SYMBOLS; i++) {
        if (!strcmp(symbols[i], name))
            return i;
    }
    fail_msg("no such symbol: %s", name);
    return -1;
}

static int64_t number_of(const cJSON *item, const char *name)
{
    const cJSON *number = cJSON_GetObjectItem(item, name);

    return cJSON_IsNumber(number) ? (int64_t)number->valuedouble : 0;
}

static void check_quote(struct world *w, struct reader *r, const cJSON *quote,
                        bool is_snapshot)
{
    int s = symbol_of(quote);
    int64_t skipped = number_of(quote, "skipped");
    char newest[DECIMAL_TEXT_MAX];

    assert_true(r->follows[s] && r->quotes);
    assert_true(symbols_has(r->names, symbols[s], strlen(symbols[s])));
    decimal_format(w->accepted[s] * DECIMAL_ONE, newest);
    assert_string_equal(cJSON_GetObjectItem(quote, "last")->valuestring,
                        newest);
    assert_int_equal(number_of(quote, "seq"), w->seq[s]);
    if (is_snapshot) {
        assert_int_equal(r->given[s], -1);
        assert_true(r->knows[s]);
        assert_int_equal(skipped, 0);
        w->snapshots++;
    } else {
        /* One that had no quote when it was followed counts from none on. */
        assert_true(r->given[s] >= 0);
        assert_int_equal(r->given[s] + 1 + skipped, w->accepted[s]);
        w->quotes++;
        w->skipped += skipped;
    }
    r->given[s] = w->accepted[s];
}

static uint64_t at_of(const cJSON *frame, const char *name)
{
    struct market_at at;

    assert_int_equal(
        market_at_parse(cJSON_GetObjectItem(frame, name)->valuestring, &at), 0);
    return at.n;
}

static bool is_his(const struct reader *r, const struct world *w, int trade)
{
    int s = w->trade_symbol[trade];

    return r->follows[s] && trade > r->trades_from[s];
}

static void check_trade(struct world *w, struct reader *r, const cJSON *trade)
{
    int number = (int)number_of(trade, "seq");

    assert_true(number > r->last_trade);
    assert_int_equal(w->trade_symbol[number], symbol_of(trade));
    assert_true(is_his(r, w, number) && r->trades);
    for (int i = r->last_trade + 1; i < number; i++) {
        if (is_his(r, w, i))
            assert_true(r->lost[i]);
    }
    r->last_trade = number;
    w->trades++;
}

static void check_gap(struct world *w, struct reader *r, const cJSON *frame)
{
    uint64_t from = at_of(frame, "from");
    uint64_t to = at_of(frame, "to");
    int missed = 0;

    for (int i = 1; i <= w->trade_count; i++) {
        if (w->trade_at[i] < from || w->trade_at[i] > to)
            continue;
        r->lost[i] = true;
        missed++;
    }
    assert_true(missed > 0 && missed <= number_of(frame, "missed"));
    w->gaps++;
}

static void check_frame(struct world *w, struct reader *r, const char *text,
                        size_t len)
{
    cJSON *frame = cJSON_ParseWithLength(text, len);
    const char *type;
    const cJSON *item;

    assert_non_null(frame);
    type = cJSON_GetObjectItem(frame, "type")->valuestring;
    if (!strcmp(type, "trades_gap"))
        check_gap(w, r, frame);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(frame, "quotes"))
        check_quote(w, r, item, cJSON_GetObjectItem(frame, "snapshot"));
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(frame, "trades"))
        check_trade(w, r, item);
    cJSON_Delete(frame);
}

/* frames: at most; -1: all. */
static void read_frames(struct world *w, struct reader *r, int frames)
{
    size_t max = chance(w, 2) ? 700 : MARKET_FRAME_MAX;
    struct buf out;

    buf_init(&out, 1 << 20);
    while (r->due && frames-- != 0) {
        int rc;

        buf_clear(&out);
        rc = market_session_frame(r->session, max, w->now_us, &out);
        if (rc == 0)
            r->due = market_session_is_due(r->session);
        else
            check_frame(w, r, out.data, out.len);
    }
    buf_release(&out);
}

static void serve(struct world *w, bool all)
{
    struct market_session *session;

    while ((session = market_next_session(w->market, w->now_us))) {
        struct reader *r = market_session_socket(session);

        r->due = true;
    }
    for (size_t i = 0; i < SESSIONS; i++) {
        struct reader *r = &w->readers[i];

        /* The last ones read seldom. */
        if (all || chance(w, i < 6 ? 2 : 60) == 0)
            read_frames(w, r, all || chance(w, 2) ? -1 : 2);
    }
}

static void tick_one(struct world *w)
{
    int s = (int)chance(w, SYMBOLS);
    bool is_old = w->accepted[s] && chance(w, 10) == 0;
    bool has_trade = chance(w, 3) == 0 && w->trade_count < TRADES_MAX;
    struct tick tick = {.has_seq = true, .has_trade = has_trade};

    w->at.n++;
    tick.symbol_len = strlen(symbols[s]);
    memcpy(tick.symbol, symbols[s], tick.symbol_len + 1);
    tick.seq = is_old ? w->seq[s] : w->seq[s] + 1 + chance(w, 2);
    tick.time_us = (int64_t)w->at.ms * 1000;
    tick.given = 1U << TICK_LAST;
    tick.numbers[TICK_LAST] = (w->accepted[s] + 1) * DECIMAL_ONE;
    tick.trade = (struct tick_trade){
        .price = 1, .size = 2, .seq = w->trade_count + 1, .side = TICK_BUY};
    if (market_take(w->market, &tick, &w->at, w->now_us) != MARKET_TAKEN) {
        assert_true(is_old);
        return;
    }
    assert_false(is_old);
    w->seq[s] = tick.seq;
    if (!w->accepted[s]++) {
        for (size_t i = 0; i < SESSIONS; i++) {
            struct reader *r = &w->readers[i];

            for (size_t p = 0; p < ARRAY_LEN(prefixes); p++) {
                if (!r->has_prefix[p] || r->follows[s] ||
                    !symbols_has(r->names, symbols[s], strlen(symbols[s])) ||
                    !symbols_fits(prefixes[p], strlen(prefixes[p]), symbols[s],
                                  strlen(symbols[s])))
                    continue;
                r->follows[s] = true;
                r->given[s] = 0;
                r->knows[s] = false;
                r->trades_from[s] = w->trade_count;
            }
        }
    }
    if (has_trade) {
        w->trade_symbol[++w->trade_count] = s;
        w->trade_at[w->trade_count] = w->at.n;
    }
}

static void model_follow(struct world *w, struct reader *r, int s)
{
    if (r->follows[s])
        return;
    r->follows[s] = true;
    r->knows[s] = w->accepted[s] > 0;
    r->given[s] = w->accepted[s] ? -1 : 0;
    r->trades_from[s] = w->trade_count;
}

static void model_prefix(struct world *w, struct reader *r, size_t p)
{
    r->has_prefix[p] = true;
    for (int s = 0; s < SYMBOLS; s++) {
        if (w->accepted[s] &&
            symbols_has(r->names, symbols[s], strlen(symbols[s])) &&
            symbols_fits(prefixes[p], strlen(prefixes[p]), symbols[s],
                         strlen(symbols[s])))
            model_follow(w, r, s);
    }
}

static void model_settle(struct reader *r)
{
    for (int s = 0; s < SYMBOLS; s++) {
        bool is_left = r->named[s];

        for (size_t p = 0; p < ARRAY_LEN(prefixes); p++)
            is_left = is_left || (r->has_prefix[p] &&
                                  symbols_fits(prefixes[p], strlen(prefixes[p]),
                                               symbols[s], strlen(symbols[s])));
        r->follows[s] = r->follows[s] && is_left;
    }
}

static size_t model_count(const struct reader *r)
{
    size_t count = 0;

    for (int s = 0; s < SYMBOLS; s++)
        count += r->follows[s];
    return count;
}

static void model_kinds(struct world *w, struct reader *r, unsigned kinds)
{
    for (int s = 0; s < SYMBOLS; s++) {
        if (kinds & MARKET_QUOTES && !r->quotes) {
            r->given[s] = w->accepted[s] ? -1 : 0;
            r->knows[s] = w->accepted[s] > 0;
        }
        if (kinds & MARKET_TRADES && !r->trades)
            r->trades_from[s] = w->trade_count;
    }
    r->quotes = kinds & MARKET_QUOTES;
    r->trades = kinds & MARKET_TRADES;
}

static void follow_some(struct world *w, struct reader *r)
{
    static const unsigned all_kinds[] = {MARKET_QUOTES, MARKET_TRADES,
                                         MARKET_QUOTES | MARKET_TRADES};
    const char *names[2];
    struct market_want want = {.names = names, .count = 2};
    size_t p = chance(w, ARRAY_LEN(prefixes));
    int s = (int)chance(w, SYMBOLS);
    struct err err = ERR_INIT;
    struct buf unknown;
    int rc;

    names[0] = symbols[s];
    names[1] = chance(w, 4) ? symbols[s] : prefixes[p];
    if (chance(w, 8) == 0)
        want.kinds = all_kinds[chance(w, 3)];
    if (chance(w, 8) == 0)
        want.max_rate = 1 + (int)chance(w, 60);
    buf_init(&unknown, 4096);
    if (chance(w, 3) == 0)
        mem_fail_after(1 + chance(w, 6));
    rc = market_follow(r->session, &want, &unknown, &err);
    mem_fail_after(0);
    buf_release(&unknown);
    if (rc < 0) {
        assert_true(err.code == ERR_NOMEM || err.code == ERR_FORBIDDEN);
        w->fails++;
        return;
    }
    model_follow(w, r, s);
    r->named[s] = true;
    if (names[1] != symbols[s])
        model_prefix(w, r, p);
    if (want.kinds)
        model_kinds(w, r, want.kinds);
}

static void unfollow_some(struct world *w, struct reader *r)
{
    size_t p = chance(w, ARRAY_LEN(prefixes));
    int s = (int)chance(w, SYMBOLS);
    const char *names[] = {symbols[s], prefixes[p]};

    if (chance(w, 20) == 0) {
        market_unfollow(r->session, NULL, 0);
        memset(r->named, 0, sizeof(r->named));
        memset(r->has_prefix, 0, sizeof(r->has_prefix));
    } else {
        market_unfollow(r->session, names, 2);
        r->named[s] = false;
        r->has_prefix[p] = false;
    }
    model_settle(r);
}

static void reader_open(struct world *w, struct reader *r, bool is_bounded)
{
    memset(r, 0, sizeof(*r));
    r->names = is_bounded ? "B*,D1,X" : "*";
    r->session = market_session_new(w->market, r, r->names);
    r->quotes = true;
    assert_non_null(r->session);
}

static void step(struct world *w)
{
    struct reader *r = &w->readers[chance(w, SESSIONS)];

    if (chance(w, 30) == 0)
        follow_some(w, r);
    else if (chance(w, 60) == 0)
        unfollow_some(w, r);
    else if (chance(w, 400) == 0) {
        market_session_free(r->session);
        reader_open(w, r, r - w->readers < 2);
    } else
        tick_one(w);
    assert_int_equal(market_session_symbols(r->session), model_count(r));
    if (chance(w, 4) == 0) {
        w->now_us += chance(w, 20000);
        serve(w, false);
    }
}

/* Nothing is left: each has what there is. */
static void check_rest(struct world *w)
{
    for (int i = 0; i < 3; i++) {
        w->now_us += 2 * CLOCK_S;
        serve(w, true);
    }
    for (size_t i = 0; i < SESSIONS; i++) {
        struct reader *r = &w->readers[i];

        for (int s = 0; s < SYMBOLS; s++)
            assert_true(!r->follows[s] || !r->quotes ||
                        r->given[s] == w->accepted[s]);
        for (int t = r->last_trade + 1; r->trades && t <= w->trade_count; t++)
            assert_true(!is_his(r, w, t) || r->lost[t]);
    }
}

static void run(uint32_t seed)
{
    static struct world w;
    struct market_stats stats;
    const struct market_settings settings = {
        .symbols_max = SYMBOLS, .trade_bytes = 20000, .minutes = 1};

    memset(&w, 0, sizeof(w));
    w.seed = seed;
    w.at.ms = 1764410400000;
    w.market = market_new(&settings);
    for (size_t i = 0; i < SESSIONS; i++)
        reader_open(&w, &w.readers[i], i < 2);
    for (int i = 0; i < STEPS; i++)
        step(&w);
    check_rest(&w);
    market_get_stats(w.market, &stats);
    assert_int_equal(stats.quotes_sent, w.quotes + w.snapshots);
    assert_int_equal(stats.skipped, w.skipped);
    assert_int_equal(stats.trades_sent, w.trades);
    /* All of it has happened. */
    assert_true(w.snapshots > 100 && w.quotes > 1000 && w.skipped > 1000);
    assert_true(w.trades > 1000 && w.gaps > 10 && w.fails > 50);
    for (size_t i = 0; i < SESSIONS; i++)
        market_session_free(w.readers[i].session);
    market_free(w.market);
}

static void sent_and_skipped_are_what_was_accepted(void **state)
{
    static const uint32_t seeds[] = {2463534242, 1, 77777, 991, 4000000007};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        run(seeds[i]);
}

SUITE(market_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_and_skipped_are_what_was_accepted),
    };

    return cmocka_run_group_tests_name("market_random", tests, NULL, NULL);
}
