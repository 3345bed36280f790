#include "base/symbols.h"
#include "fanout/market_private.h"

#include <string.h>
#include <utlist.h>

#include "base/banned.h"

#define NODES_FIRST 16

/* What it follows, by quote: a table with open addresses, at most half full. */

static size_t slot_of(const struct market_session *session,
                      const struct market_quote *quote)
{
    uint64_t key = (uint64_t)(uintptr_t)quote >> 4;

    /* Fibonacci hashing: the upper bits depend on all of the key. */
    return (size_t)((key * UINT64_C(11400714819323198485)) >> 32) &
           (session->node_cap - 1);
}

struct market_node *market_session_find(const struct market_session *session,
                                        const struct market_quote *quote)
{
    size_t at;

    if (!session->node_cap)
        return NULL;
    for (at = slot_of(session, quote); session->nodes[at];
         at = (at + 1) & (session->node_cap - 1)) {
        if (session->nodes[at]->quote == quote)
            return session->nodes[at];
    }
    return NULL;
}

static void put_node(struct market_session *session, struct market_node *node)
{
    size_t at = slot_of(session, node->quote);

    while (session->nodes[at])
        at = (at + 1) & (session->node_cap - 1);
    session->nodes[at] = node;
}

static int make_room(struct market_session *session)
{
    struct market_node **old = session->nodes;
    size_t old_cap = session->node_cap;
    size_t cap = old_cap ? old_cap * 2 : NODES_FIRST;

    if ((session->node_count + 1) * 2 <= old_cap)
        return 0;
    session->nodes = mem_zalloc(cap * sizeof(struct market_node *));
    if (!session->nodes) {
        session->nodes = old;
        return -1;
    }
    session->node_cap = cap;
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i])
            put_node(session, old[i]);
    }
    mem_free(old);
    return 0;
}

struct market_node *market_session_add(struct market_session *session,
                                       struct market_quote *quote)
{
    struct market_node *node =
        make_room(session) < 0 ? NULL : market_node_new(session, quote);

    if (!node)
        return NULL;
    put_node(session, node);
    session->node_count++;
    session->market->stats.followed++;
    return node;
}

void market_session_remove(struct market_session *session,
                           struct market_node *node)
{
    size_t mask = session->node_cap - 1;
    size_t at = slot_of(session, node->quote);
    size_t next;

    while (session->nodes[at] != node)
        at = (at + 1) & mask;
    session->nodes[at] = NULL;
    /* Those behind it that were put there because it was taken move up. */
    for (next = (at + 1) & mask; session->nodes[next];
         next = (next + 1) & mask) {
        size_t home = slot_of(session, session->nodes[next]->quote);

        if (((next - home) & mask) < ((next - at) & mask))
            continue;
        session->nodes[at] = session->nodes[next];
        session->nodes[next] = NULL;
        at = next;
    }
    session->node_count--;
    session->market->stats.followed--;
    market_node_free(node);
}

struct market_session *market_session_new(struct market *market, void *socket,
                                          const char *names)
{
    size_t len = strlen(names);
    struct market_session *session = mem_zalloc(sizeof(*session) + len + 1);

    if (!session)
        return NULL;
    memcpy(session->names, names, len + 1);
    session->market = market;
    session->socket = socket;
    session->kinds = MARKET_QUOTES;
    pace_member_init(&session->pace, MARKET_RATE_DEFAULT);
    DL_APPEND(market->sessions, session);
    market->stats.sessions++;
    return session;
}

void market_session_leave_urgent(struct market_session *session)
{
    if (session->in_urgent)
        DL_DELETE2(session->market->urgent, session, prev_urgent, next_urgent);
    session->in_urgent = false;
}

void market_session_free(struct market_session *session)
{
    if (!session)
        return;
    market_unfollow(session, NULL, 0);
    pace_leave(&session->market->pace, &session->pace);
    market_session_leave_urgent(session);
    DL_DELETE(session->market->sessions, session);
    session->market->stats.sessions--;
    mem_free(session->nodes);
    mem_free(session);
}

void *market_session_socket(const struct market_session *session)
{
    return session->socket;
}

size_t market_session_symbols(const struct market_session *session)
{
    return session->node_count;
}

bool market_session_is_empty(const struct market_session *session)
{
    return !session->node_count && !session->prefix_count;
}

int market_session_rate(const struct market_session *session)
{
    return session->pace.rate;
}

bool market_session_has_trades(const struct market_session *session)
{
    return session->had_trades;
}

/* Who is next */

static void wake(const struct market *market)
{
    if (market->settings.wake)
        market->settings.wake(market->settings.arg);
}

void market_session_urgent(struct market_session *session)
{
    if (session->is_urgent)
        return;
    session->is_urgent = session->in_urgent = true;
    DL_APPEND2(session->market->urgent, session, prev_urgent, next_urgent);
    wake(session->market);
}

void market_session_ask(struct market_session *session)
{
    struct market *market = session->market;

    /* What has come since is looked at when its round ends. */
    if (session->is_due)
        return;
    pace_ask(&market->pace, &session->pace, market->mono_us);
    wake(market);
}

static void begin_round(struct market_session *session)
{
    session->is_due = true;
    session->round_left = session->dirty_count;
    session->round_end = session->market->trade_count;
}

struct market_session *market_next_session(struct market *market,
                                           int64_t mono_us)
{
    struct market_session *session = market->urgent;
    struct pace_member *member;

    market->mono_us = mono_us;
    if (session) {
        market_session_leave_urgent(session);
        return session;
    }
    member = pace_take(&market->pace, mono_us);
    if (!member)
        return NULL;
    session = (struct market_session *)((char *)member -
                                        offsetof(struct market_session, pace));
    begin_round(session);
    return session;
}

int64_t market_next_us(const struct market *market, int64_t mono_us)
{
    return market->urgent ? mono_us : pace_next_us(&market->pace, mono_us);
}

bool market_session_is_due(const struct market_session *session)
{
    return session->is_due || session->is_urgent;
}

static bool has_prefix_for(const struct market_session *session,
                           const struct market_quote *quote,
                           struct market_prefix **found)
{
    LL_FOREACH(session->prefixes, *found)
    {
        if (symbols_fits((*found)->text, (*found)->len, quote->symbol,
                         quote->symbol_len))
            return true;
    }
    return false;
}

bool market_session_may_see(const struct market_session *session,
                            const struct market_quote *quote)
{
    return symbols_has(session->names, quote->symbol, quote->symbol_len);
}

static void leave_out(struct market_session *session,
                      struct market_prefix *prefix)
{
    if (prefix->was_told)
        return;
    prefix->is_full = true;
    market_session_urgent(session);
}

void market_session_birth(struct market_session *session,
                          struct market_quote *quote)
{
    struct market_prefix *prefix;
    struct market_node *node;

    if (!has_prefix_for(session, quote, &prefix) ||
        !market_session_may_see(session, quote) ||
        market_session_find(session, quote))
        return;
    node = session->node_count < MARKET_SESSION_SYMBOLS
               ? market_session_add(session, quote)
               : NULL;
    if (!node) {
        leave_out(session, prefix);
        return;
    }
    if (market_node_set_kinds(node, session->kinds) < 0) {
        market_session_remove(session, node);
        leave_out(session, prefix);
    }
}

bool market_session_is_followed(const struct market_session *session,
                                const struct market_quote *quote)
{
    struct market_prefix *prefix;

    return has_prefix_for(session, quote, &prefix);
}
