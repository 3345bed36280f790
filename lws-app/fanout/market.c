#include "fanout/market.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/symbols.h"
#include "fanout/market_private.h"

#include <string.h>
#include <utlist.h>

#include "base/banned.h"

#define FUTURE_US (5 * CLOCK_S)
/* A feed that says nothing for so long is stale. */
#define FEED_QUIET_US (10 * CLOCK_S)
#define TRADE_TEXT_MAX (8 * 1024)

const char *const market_verdict_names[MARKET_VERDICTS] = {
    "taken",    "heartbeat",    "removed",
    "known",    "out_of_order", "old_session",
    "stale",    "future",       "too_many_symbols",
    "no_memory"};

struct market *market_new(const struct market_settings *settings)
{
    struct market *market = mem_zalloc(sizeof(*market));

    if (!market)
        return NULL;
    market->settings = *settings;
    market->feed = MARKET_FEED_STALE;
    market->feed_since_us = clock_now_us();
    market->trades = market_trades_new(settings->trade_bytes);
    pace_init(&market->pace);
    buf_init(&market->scratch, TRADE_TEXT_MAX);
    if (market->trades)
        return market;
    market_free(market);
    return NULL;
}

void market_free(struct market *market)
{
    if (!market)
        return;
    market_table_free(market);
    market_gone_free(market);
    market_trades_free(market->trades);
    buf_release(&market->scratch);
    mem_free(market);
}

void market_get_stats(const struct market *market, struct market_stats *stats)
{
    *stats = market->stats;
    stats->symbols = (int64_t)market->sorted_count;
}

struct market_at market_position(const struct market *market)
{
    return market->at;
}

/* The feed's state */

static const char *feed_name(const struct market *market)
{
    switch (market->feed) {
    case MARKET_LIVE: return "live";
    case MARKET_FEED_STALE: return "stale";
    case MARKET_DOWN: break;
    }
    return "down";
}

void market_set_feed(struct market *market, enum market_state feed)
{
    struct market_session *session;

    if (market->feed == feed)
        return;
    market->feed = feed;
    market->feed_since_us = clock_now_us();
    DL_FOREACH(market->sessions, session)
    {
        session->says_feed = true;
        market_session_urgent(session);
    }
}

void market_look(struct market *market, int64_t mono_us)
{
    if (market->feed == MARKET_LIVE &&
        mono_us - market->heard_us > FEED_QUIET_US)
        market_set_feed(market, MARKET_FEED_STALE);
}

void market_put_feed(const struct market *market, struct buf *out)
{
    json_open_key(out, "feed");
    json_put_str(out, "state", feed_name(market));
    json_put_time(out, "since", market->feed_since_us);
    if (market->tick_us)
        json_put_time(out, "time", market->tick_us);
    else
        json_put_null(out, "time");
    json_close(out);
}

void market_put_beat(const struct market *market, struct buf *out)
{
    json_open_key(out, "market");
    json_put_str(out, "feed", feed_name(market));
    if (market->tick_us)
        json_put_time(out, "tick", market->tick_us);
    else
        json_put_null(out, "tick");
    json_close(out);
}

void market_put_state(const struct market *market, struct buf *out)
{
    json_put_str(out, "feed", feed_name(market));
    json_put_time(out, "since", market->feed_since_us);
}

/* The rules for lines */

static bool is_other_session(const struct market_quote *quote,
                             const struct tick *tick)
{
    return tick->session_len &&
           (tick->session_len != quote->session_len ||
            memcmp(tick->session, quote->session, tick->session_len) != 0);
}

static bool has_ended(const struct market_quote *quote, const struct tick *tick)
{
    uint64_t hash = symbols_hash(tick->session);

    for (size_t i = 0; i < MARKET_ENDED; i++) {
        if (quote->ended[i] == hash)
            return true;
    }
    return false;
}

static enum market_verdict judge(const struct market_quote *quote,
                                 const struct tick *tick,
                                 const struct market_at *at)
{
    bool is_other = is_other_session(quote, tick);

    if (tick->time_us > (int64_t)at->ms * 1000 + FUTURE_US)
        return MARKET_FUTURE;
    if (!quote->accepted)
        return MARKET_TAKEN;
    if (market_at_compare(at, &quote->at) <= 0)
        return MARKET_KNOWN;
    if (is_other && has_ended(quote, tick))
        return MARKET_OLD_SESSION;
    if (tick->has_seq)
        return !is_other && quote->has_seq && tick->seq <= quote->seq
                   ? MARKET_OUT_OF_ORDER
                   : MARKET_TAKEN;
    return tick->time_us < quote->time_us ? MARKET_STALE : MARKET_TAKEN;
}

static void begin_session(struct market_quote *quote, const struct tick *tick)
{
    static const uint32_t of_session =
        1U << TICK_OPEN | 1U << TICK_HIGH | 1U << TICK_LOW | 1U << TICK_VOLUME;

    if (quote->session_len) {
        quote->ended[quote->ended_at++ % MARKET_ENDED] =
            symbols_hash(quote->session);
    }
    memcpy(quote->session, tick->session, tick->session_len + 1);
    quote->session_len = tick->session_len;
    quote->has_seq = false;
    quote->given &= ~of_session;
}

static bool has(const struct market_quote *quote, enum tick_number number)
{
    return quote->given & 1U << number;
}

void market_apply(struct market_quote *quote, const struct tick *tick)
{
    struct market_stats *stats = &quote->market->stats;

    if (is_other_session(quote, tick))
        begin_session(quote, tick);
    if (tick->has_seq && quote->has_seq && tick->seq > quote->seq + 1) {
        quote->gaps++;
        stats->gaps++;
    }
    if (tick->has_seq)
        quote->seq = tick->seq;
    quote->has_seq = quote->has_seq || tick->has_seq;
    quote->time_us = tick->time_us;
    quote->given = (quote->given | tick->given) & ~tick->cleared;
    for (int i = 0; i < TICK_NUMBERS; i++) {
        if (tick->given & 1U << i)
            quote->numbers[i] = tick->numbers[i];
    }
    if (tick->has_status)
        quote->status = tick->status;
    if (has(quote, TICK_BID) && has(quote, TICK_ASK) &&
        quote->numbers[TICK_BID] > quote->numbers[TICK_ASK]) {
        quote->crossed++;
        stats->crossed++;
    }
    quote->accepted++;
    quote->is_stale_text = true;
    quote->is_saved = false;
    quote->market->unsaved_from = 0;
}

/* From trades, and the last price; of a symbol that has neither, from the
 * middle between bid and ask. */
static void add_bar(struct market_quote *quote, const struct tick *tick)
{
    int minutes = quote->market->settings.minutes;
    const int64_t *numbers = quote->numbers;
    int64_t price;

    if (tick->has_trade)
        price = tick->trade.price;
    else if (tick->given & 1U << TICK_LAST)
        price = tick->numbers[TICK_LAST];
    else if (!has(quote, TICK_LAST) && has(quote, TICK_BID) &&
             has(quote, TICK_ASK))
        /* Rounded down to 8 decimals; the sum may be beyond an int64_t. */
        price =
            (int64_t)(((__int128)numbers[TICK_BID] + numbers[TICK_ASK]) >> 1);
    else
        return;
    market_bars_add(&quote->bars, minutes, tick->time_us, price,
                    tick->has_trade ? tick->trade.size : 0);
}

static void add_trade(struct market_quote *quote, const struct tick *tick,
                      const struct market_at *at)
{
    const struct tick_trade *trade = &tick->trade;
    struct market *market = quote->market;
    struct buf *out = &market->scratch;
    uint64_t place = 0;

    buf_clear(out);
    json_open(out);
    json_put_str_len(out, "symbol", quote->symbol, quote->symbol_len);
    if (trade->seq >= 0)
        json_put_int(out, "seq", trade->seq);
    else
        json_put_null(out, "seq");
    json_put_time(out, "time", tick->time_us);
    json_put_decimal(out, "price", trade->price);
    json_put_decimal(out, "size", trade->size);
    json_put_str(out, "side",
                 trade->side == TICK_BUY    ? "buy"
                 : trade->side == TICK_SELL ? "sell"
                                            : NULL);
    json_close(out);
    if (!out->failed)
        place = market_trades_add(market->trades, &quote->chain, at, out->data,
                                  out->len);
    market->stats.trades++;
    if (!place)
        return;
    market->trade_count++;
    market_quote_wake_trades(quote, place);
}

/* NULL: *verdict says why. */
static struct market_quote *quote_for(struct market *market,
                                      const struct tick *tick,
                                      enum market_verdict *verdict)
{
    struct market_quote *quote =
        market_table_find(market, tick->symbol, tick->symbol_len);

    *verdict = MARKET_TOO_MANY_SYMBOLS;
    if (!(quote && quote->accepted) &&
        market->sorted_count >= market->settings.symbols_max)
        return NULL;
    *verdict = MARKET_NOMEM;
    return quote ? quote
                 : market_table_get(market, tick->symbol, tick->symbol_len);
}

/* Its first line: it gets its place, and those followers that have a prefix for
 * it. */
int market_bear(struct market_quote *quote)
{
    struct market *market = quote->market;
    struct market_session *session;

    if (market_table_list(market, quote) < 0)
        return -1;
    market_gone_forget(market, quote->symbol, quote->symbol_len);
    DL_FOREACH(market->sessions, session)
    market_session_birth(session, quote);
    return 0;
}

static enum market_verdict take(struct market *market, const struct tick *tick,
                                const struct market_at *at)
{
    enum market_verdict verdict;
    struct market_quote *quote = quote_for(market, tick, &verdict);

    if (!quote)
        return verdict;
    verdict = judge(quote, tick, at);
    if (verdict == MARKET_TAKEN && !quote->accepted && market_bear(quote) < 0)
        verdict = MARKET_NOMEM;
    /* What its quote is from was restored: of the trade nobody has heard. */
    if (verdict == MARKET_KNOWN && tick->has_trade)
        add_trade(quote, tick, at);
    if (verdict != MARKET_TAKEN) {
        quote->dropped[verdict]++;
        market_table_settle(market, quote);
        return verdict;
    }
    market_apply(quote, tick);
    quote->at = *at;
    quote->heard_ms = (int64_t)at->ms;
    add_bar(quote, tick);
    if (tick->has_trade)
        add_trade(quote, tick, at);
    market_quote_wake(quote);
    if (tick->time_us > market->tick_us)
        market->tick_us = tick->time_us;
    return MARKET_TAKEN;
}

enum market_verdict market_take(struct market *market, const struct tick *tick,
                                const struct market_at *at, int64_t mono_us)
{
    enum market_verdict verdict;

    market->heard_us = market->mono_us = mono_us;
    market_set_feed(market, MARKET_LIVE);
    market->at = *at;
    verdict = tick->is_heartbeat ? MARKET_HEARTBEAT
              : tick->removed[0] ? market_remove(market, tick)
                                 : take(market, tick, at);
    market->stats.verdicts[verdict]++;
    return verdict;
}
