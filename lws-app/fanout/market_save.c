#include "base/clock.h"
#include "base/symbols.h"
#include "fanout/market_private.h"

#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

/*
 * What a feed has come to so far, for whoever begins to read it later: of each
 * symbol a line that says all of its quote, and the place that it is from.
 */
/* Of one entry, none shorter than {"symbol":"A","time":"2026-01-31","trade":
 * {"price":1,"size":1}} and its end. */
#define ENTRY_TRADES_MAX (16 * 1024 / 60)
#define MS_US 1000

static void to_tick(const struct market_quote *quote, struct tick *tick)
{
    memset(tick, 0, offsetof(struct tick, symbol));
    memcpy(tick->symbol, quote->symbol, quote->symbol_len + 1);
    tick->symbol_len = quote->symbol_len;
    memcpy(tick->session, quote->session, quote->session_len + 1);
    tick->session_len = quote->session_len;
    tick->has_seq = quote->has_seq;
    tick->seq = quote->seq;
    tick->time_us = quote->time_us;
    tick->given = quote->given;
    /* Of what is not given, all: so that nothing older shows through. */
    tick->cleared = ~quote->given & ((1U << TICK_NUMBERS) - 1);
    memcpy(tick->numbers, quote->numbers, sizeof(tick->numbers));
    tick->has_status = true;
    tick->status = quote->status;
}

bool market_next_unsaved(struct market *market, struct buf *symbol,
                         struct buf *value)
{
    struct market_gone *gone = market_gone_next(market);

    if (gone) {
        gone->is_saved = true;
        buf_put(symbol, gone->symbol, gone->len);
        return true;
    }
    for (; market->unsaved_from < market->sorted_count;
         market->unsaved_from++) {
        struct market_quote *quote = market->sorted[market->unsaved_from];
        char at[MARKET_AT_MAX];
        struct tick tick;

        if (quote->is_saved)
            continue;
        quote->is_saved = true;
        to_tick(quote, &tick);
        market_at_format(&quote->at, at);
        buf_put(symbol, quote->symbol, quote->symbol_len);
        buf_put_text(value, at);
        buf_put_char(value, ' ');
        tick_write(value, &tick);
        return true;
    }
    return false;
}

void market_unsave(struct market *market)
{
    struct market_gone *gone;

    for (size_t i = 0; i < market->sorted_count; i++)
        market->sorted[i]->is_saved = false;
    market->unsaved_from = 0;
    DL_FOREACH(market->gone, gone)
    gone->is_saved = false;
}

/* The place, and the line behind it. */
static int read_value(const char *value, size_t len, struct market_at *at,
                      struct tick *tick)
{
    const char *space = memchr(value, ' ', len);
    size_t at_len = space ? (size_t)(space - value) : 0;
    struct err err = ERR_INIT;
    char text[MARKET_AT_MAX];

    if (!space || at_len >= sizeof(text))
        return -1;
    snprintf(text, sizeof(text), "%.*s", (int)at_len, value);
    if (market_at_parse(text, at) < 0 ||
        tick_read_line(space + 1, len - at_len - 1, tick, &err) < 0 ||
        tick->is_heartbeat || tick->removed[0])
        return -1;
    return 0;
}

void market_restore(struct market *market, const char *value, size_t len,
                    int64_t mono_us)
{
    struct market_quote *quote;
    struct market_at at;
    struct tick tick;

    market->mono_us = mono_us;
    if (read_value(value, len, &at, &tick) < 0)
        return;
    quote = market_table_find(market, tick.symbol, tick.symbol_len);
    if (!(quote && quote->accepted) &&
        market->sorted_count >= market->settings.symbols_max)
        return;
    if (!quote)
        quote = market_table_get(market, tick.symbol, tick.symbol_len);
    if (!quote)
        return;
    if (quote->accepted ? market_at_compare(&at, &quote->at) > 0
                        : market_bear(quote) == 0) {
        market_apply(quote, &tick);
        quote->at = at;
        /* Of another stream's beginning, it is not known. */
        quote->heard_ms = at.ms ? (int64_t)at.ms : clock_now_us() / MS_US;
        quote->is_saved = true;
        market_quote_wake(quote);
        if (tick.time_us > market->tick_us)
            market->tick_us = tick.time_us;
    }
    market_table_settle(market, quote);
}

void market_rebase(struct market *market)
{
    for (size_t i = 0; i < market->sorted_count; i++)
        market->sorted[i]->at = (struct market_at){0};
    market->at = (struct market_at){0};
    market_unsave(market);
}

void market_lose(struct market *market, const struct market_at *from,
                 const struct market_at *to, int64_t entries)
{
    struct market_session *session;

    DL_FOREACH(market->sessions, session)
    {
        if (!(session->kinds & MARKET_TRADES))
            continue;
        if (!session->gap.is_there ||
            market_at_compare(from, &session->gap.from) < 0)
            session->gap.from = *from;
        session->gap.to = *to;
        session->gap.missed += (uint64_t)entries * ENTRY_TRADES_MAX;
        session->gap.is_there = true;
        market_session_ask(session);
    }
}

void market_set_down(struct market *market, bool is_down)
{
    if (is_down)
        market_set_feed(market, MARKET_DOWN);
    else if (market->feed == MARKET_DOWN)
        market_set_feed(market, MARKET_FEED_STALE);
}
