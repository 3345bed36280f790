#include "base/clock.h"
#include "base/json.h"
#include "fanout/market_private.h"

#include <utlist.h>

#include "base/banned.h"

/* What stands behind the last element of a frame. */
#define FRAME_TAIL 128

static int checked(const struct buf *out)
{
    return out->failed ? -1 : 1;
}

static void begin(struct buf *out, const char *type)
{
    json_open(out);
    json_put_str(out, "type", type);
    json_put_str(out, "stream", "market");
}

static int say_feed(struct market_session *session, struct buf *out)
{
    session->says_feed = false;
    json_open(out);
    json_put_str(out, "type", "market");
    market_put_state(session->market, out);
    json_close(out);
    return checked(out);
}

static struct market_prefix *find_full(const struct market_session *session)
{
    struct market_prefix *prefix;

    LL_FOREACH(session->prefixes, prefix)
    {
        if (prefix->is_full)
            return prefix;
    }
    return NULL;
}

static int say_full(struct market_prefix *prefix, struct buf *out)
{
    prefix->is_full = false;
    prefix->was_told = true;
    json_open(out);
    json_put_str(out, "type", "market");
    json_put_str_len(out, "too_many", prefix->text, prefix->len);
    json_close(out);
    return checked(out);
}

/* Quotes */

static bool fits(const struct buf *out, size_t from, size_t len, size_t max)
{
    return out->len - from + len + FRAME_TAIL <= max;
}

static void put_quote(struct market_node *node, const struct buf *text,
                      bool is_first, struct buf *out)
{
    struct market_stats *stats = &node->session->market->stats;
    struct market_quote *quote = node->quote;
    uint64_t skipped =
        node->list == NODE_DIRTY ? quote->accepted - node->sent - 1 : 0;

    if (!is_first)
        buf_put_char(out, ',');
    buf_put(out, text->data, text->len);
    if (skipped)
        json_put_int(out, "skipped", (int64_t)skipped);
    buf_put_char(out, '}');
    node->sent = quote->accepted;
    market_node_move(node, NODE_CLEAN);
    stats->quotes_sent++;
    stats->skipped += (int64_t)skipped;
}

/* From the head of a list until the frame or the round is full. */
static int put_quotes(struct market_session *session, struct market_node **list,
                      size_t *left, size_t max, struct buf *out)
{
    size_t from = out->len;
    size_t count = 0;

    begin(out, "quotes");
    json_put_time(out, "time", clock_now_us());
    if (list == &session->fresh)
        json_put_bool(out, "snapshot", true);
    json_open_array(out, "quotes");
    while (*list && (!left || *left)) {
        const struct buf *text = market_quote_text((*list)->quote);

        if (!text)
            return -1;
        if (count && !fits(out, from, text->len, max))
            break;
        put_quote(*list, text, !count++, out);
        if (left)
            --*left;
    }
    json_close_array(out);
    json_close(out);
    return checked(out);
}

/* Trades */

static void sift_down(struct trade_node **heap, size_t count, size_t at)
{
    for (;;) {
        size_t least = at;
        struct trade_node *node;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count;
             child++) {
            if (heap[child]->number < heap[least]->number)
                least = child;
        }
        if (least == at)
            return;
        node = heap[at];
        heap[at] = heap[least];
        heap[least] = node;
        at = least;
    }
}

/* Those of this round, the oldest first. Returns how many. */
static size_t make_heap(struct market_session *session)
{
    struct trade_node **heap = session->market->heap;
    struct trade_node *node;
    size_t count = 0;

    DL_FOREACH(session->trades, node)
    {
        if (node->number <= session->round_end)
            heap[count++] = node;
    }
    for (size_t i = count / 2; i-- > 0;)
        sift_down(heap, count, i);
    return count;
}

/* The ring has lost what a node was to be given next. */
static void note_lost(struct market_session *session, struct trade_node *node)
{
    struct market_trades *trades = session->market->trades;
    struct market_at lost_at;
    uint64_t lost = market_trades_lost(trades, &lost_at);
    uint64_t missed = lost - node->number + 1;

    if (!session->gap.is_there ||
        market_at_compare(&node->at, &session->gap.from) < 0)
        session->gap.from = node->at;
    if (missed > session->gap.missed)
        session->gap.missed = missed;
    session->gap.to = lost_at;
    session->gap.is_there = true;
    market_trade_node_set(node, node->quote->chain.first);
}

static void look_for_lost(struct market_session *session)
{
    struct trade_node *node;
    struct trade_node *next;

    DL_FOREACH_SAFE(session->trades, node, next)
    {
        if (!market_trades_get(session->market->trades, node->place))
            note_lost(session, node);
    }
}

static int say_gap(struct market_session *session, struct buf *out)
{
    char text[MARKET_AT_MAX];

    begin(out, "trades_gap");
    market_at_format(&session->gap.from, text);
    json_put_str(out, "from", text);
    market_at_format(&session->gap.to, text);
    json_put_str(out, "to", text);
    json_put_int(out, "missed", (int64_t)session->gap.missed);
    json_close(out);
    session->market->stats.trades_lost += (int64_t)session->gap.missed;
    session->gap.is_there = false;
    session->gap.missed = 0;
    return checked(out);
}

static int put_trades(struct market_session *session, size_t count, size_t max,
                      struct buf *out)
{
    struct market *market = session->market;
    struct trade_node **heap = market->heap;
    size_t from = out->len;
    bool is_first = true;
    char at[MARKET_AT_MAX] = "";

    begin(out, "trades");
    json_open_array(out, "trades");
    while (count) {
        struct trade_node *node = heap[0];
        const struct market_trade *trade =
            market_trades_get(market->trades, node->place);

        if (!is_first && !fits(out, from, trade->len, max))
            break;
        if (!is_first)
            buf_put_char(out, ',');
        is_first = false;
        buf_put(out, trade->text, trade->len);
        market_at_format(&trade->at, at);
        market->stats.trades_sent++;
        market_trade_node_set(node, trade->next);
        if (!node->place || node->number > session->round_end)
            heap[0] = heap[--count];
        sift_down(heap, count, 0);
    }
    json_close_array(out);
    json_put_str(out, "at", at);
    json_close(out);
    return checked(out);
}

/* Urgent ones are not paced: each is the answer to something. */
static int urgent_frame(struct market_session *session, size_t max,
                        struct buf *out)
{
    struct market_prefix *full;

    if (session->says_feed)
        return say_feed(session, out);
    full = find_full(session);
    if (full)
        return say_full(full, out);
    if (session->fresh)
        return put_quotes(session, &session->fresh, NULL, max, out);
    session->is_urgent = false;
    return 0;
}

static int round_frame(struct market_session *session, size_t max,
                       struct buf *out)
{
    size_t count;

    look_for_lost(session);
    if (session->gap.is_there)
        return say_gap(session, out);
    count = make_heap(session);
    if (count)
        return put_trades(session, count, max, out);
    if (session->dirty && session->round_left)
        return put_quotes(session, &session->dirty, &session->round_left, max,
                          out);
    return 0;
}

static void end_round(struct market_session *session, int64_t mono_us)
{
    session->is_due = false;
    pace_sent(&session->market->pace, &session->pace, mono_us);
    if (session->dirty || session->trades || session->gap.is_there)
        market_session_ask(session);
}

int market_session_frame(struct market_session *session, size_t max,
                         int64_t mono_us, struct buf *out)
{
    int rc = 0;

    session->market->mono_us = mono_us;
    if (session->is_urgent) {
        market_session_leave_urgent(session);
        rc = urgent_frame(session, max, out);
    }
    if (rc == 0 && session->is_due) {
        rc = round_frame(session, max, out);
        if (rc == 0)
            end_round(session, mono_us);
    }
    return rc;
}
