#include "base/clock.h"
#include "fanout/market_private.h"

#include <string.h>
#include <utlist.h>

#include "base/banned.h"

/*
 * Symbols of which nothing has been heard for long. One that reads the feed
 * puts a line there, so that all lose them at the same place in its order; the
 * line has the place of the last one that was heard, so that it comes to
 * nothing where there is a newer one by then.
 */
#define OLD_MS (INT64_C(7) * 24 * 60 * 60 * 1000)
#define LOOKED_AT 20000 /* quotes, of one look */
#define REMOVED_AT_ONCE 100
#define GONE_MAX 1000

static void put_removal(const struct market_quote *quote, int64_t now_us,
                        struct buf *lines)
{
    struct tick tick;

    memset(&tick, 0, offsetof(struct tick, symbol));
    memcpy(tick.symbol, quote->symbol, quote->symbol_len + 1);
    tick.symbol_len = quote->symbol_len;
    tick.session_len = 0;
    tick.time_us = now_us;
    market_at_format(&quote->at, tick.removed);
    tick_write(lines, &tick);
    buf_put_char(lines, '\n');
}

/* Trades of one that is gone name it while they are kept. */
static void look_at_husks(struct market *market)
{
    struct market_quote *quote;
    struct market_quote *next;

    LL_FOREACH_SAFE2(market->husks, quote, next, next_husk)
    {
        if (quote->chain.first && !quote->accepted)
            continue;
        LL_DELETE2(market->husks, quote, next_husk);
        quote->is_husk = false;
        market_table_settle(market, quote);
    }
}

void market_put_removals(struct market *market, int64_t now_us,
                         struct buf *lines)
{
    size_t count = 0;

    look_at_husks(market);
    for (size_t i = 0;
         i < LOOKED_AT && i < market->sorted_count && count < REMOVED_AT_ONCE;
         i++) {
        const struct market_quote *quote;

        market->old_from =
            market->old_from < market->sorted_count ? market->old_from : 0;
        quote = market->sorted[market->old_from++];
        if (now_us / 1000 - quote->heard_ms > OLD_MS) {
            put_removal(quote, now_us, lines);
            count++;
        }
    }
}

/* Those who have named it wait for it again. */
static void let_go(struct market_session *session, struct market_quote *quote)
{
    struct market_node *node = market_session_find(session, quote);

    if (!node)
        return;
    if (!node->is_named) {
        market_session_remove(session, node);
        return;
    }
    node->sent = 0;
    if (node->list != NODE_NOWHERE)
        market_node_move(node, NODE_CLEAN);
}

static void note_gone(struct market *market, const struct market_quote *quote)
{
    struct market_gone *gone = mem_alloc(sizeof(*gone) + quote->symbol_len);

    if (!gone) /* its value stays, and is removed by whoever restores it */
        return;
    *gone = (struct market_gone){.len = quote->symbol_len};
    memcpy(gone->symbol, quote->symbol, quote->symbol_len);
    DL_APPEND(market->gone, gone);
    if (++market->gone_count > GONE_MAX) {
        gone = market->gone;
        DL_DELETE(market->gone, gone);
        mem_free(gone);
        market->gone_count--;
    }
}

/* As one that was never heard of. */
static void empty(struct market_quote *quote)
{
    market_bars_free(quote->bars);
    quote->bars = NULL;
    quote->accepted = 0;
    quote->at = (struct market_at){0};
    quote->is_stale_text = true;
    quote->has_seq = false;
    quote->given = 0;
    quote->status = TICK_UNKNOWN;
    memset(quote->dropped, 0, sizeof(quote->dropped));
    quote->gaps = quote->crossed = 0;
    memset(quote->ended, 0, sizeof(quote->ended));
    quote->session_len = 0;
    quote->session[0] = '\0';
}

enum market_verdict market_remove(struct market *market,
                                  const struct tick *tick)
{
    struct market_quote *quote =
        market_table_find(market, tick->symbol, tick->symbol_len);
    struct market_session *session;
    struct market_at at;

    if (!quote || !quote->accepted || market_at_parse(tick->removed, &at) < 0 ||
        market_at_compare(&at, &quote->at) != 0)
        return MARKET_REMOVED;
    market_table_unlist(market, quote);
    note_gone(market, quote);
    empty(quote);
    /* Or the last follower would take it along. */
    if (!quote->is_husk) {
        quote->is_husk = true;
        LL_PREPEND2(market->husks, quote, next_husk);
    }
    DL_FOREACH(market->sessions, session)
    let_go(session, quote);
    return MARKET_REMOVED;
}

struct market_gone *market_gone_next(struct market *market)
{
    struct market_gone *gone;

    DL_FOREACH(market->gone, gone)
    {
        if (!gone->is_saved)
            return gone;
    }
    return NULL;
}

void market_gone_forget(struct market *market, const char *symbol, size_t len)
{
    struct market_gone *gone;
    struct market_gone *next;

    DL_FOREACH_SAFE(market->gone, gone, next)
    {
        if (gone->len != len || memcmp(gone->symbol, symbol, len) != 0)
            continue;
        DL_DELETE(market->gone, gone);
        mem_free(gone);
        market->gone_count--;
    }
}

void market_gone_free(struct market *market)
{
    while (market->gone) {
        struct market_gone *gone = market->gone;

        DL_DELETE(market->gone, gone);
        mem_free(gone);
    }
}
