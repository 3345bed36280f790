#include "base/json.h"
#include "base/symbols.h"
#include "base/text.h"
#include "fanout/market_private.h"

#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

static int check_name(const char *name, size_t index, struct err *err)
{
    size_t len = strlen(name);
    size_t chars = utf8_count(name, len) - symbols_is_prefix(name, len);
    char field[32];

    snprintf(field, sizeof(field), "symbols.%zu", index);
    if (!len || chars > TICK_SYMBOL_CHARS)
        return err_field(err, field, "must have 1 to %d characters",
                         TICK_SYMBOL_CHARS);
    if (text_has_control(name, len))
        return err_field(err, field, "must not contain control characters");
    return 0;
}

static int too_many_symbols(struct err *err)
{
    return err_set(err, ERR_TOO_LARGE,
                   "a session can follow at most %d symbols",
                   MARKET_SESSION_SYMBOLS);
}

/* Follows it, if it does not yet. */
static int stage_quote(struct market_session *session,
                       struct market_quote *quote, bool is_named,
                       struct err *err)
{
    struct market_node *node = market_session_find(session, quote);

    if (!node) {
        if (session->node_count >= MARKET_SESSION_SYMBOLS)
            return too_many_symbols(err);
        node = market_session_add(session, quote);
        if (!node)
            return err_set(err, ERR_NOMEM, "no memory to follow a symbol");
        market_node_move(node, NODE_STAGED);
    }
    node->is_staged_name = node->is_staged_name || is_named;
    return 0;
}

static struct market_prefix *find_prefix(const struct market_session *session,
                                         const char *name)
{
    struct market_prefix *prefix;

    LL_FOREACH(session->prefixes, prefix)
    {
        if (!strcmp(prefix->text, name))
            return prefix;
    }
    return NULL;
}

static int stage_prefix(struct market_session *session, const char *name,
                        struct err *err)
{
    size_t len = strlen(name);
    struct market_prefix *prefix;

    if (find_prefix(session, name))
        return 0;
    if (session->prefix_count == MARKET_SESSION_PREFIXES)
        return err_set(err, ERR_TOO_LARGE,
                       "a session can follow at most %d prefixes",
                       MARKET_SESSION_PREFIXES);
    prefix = mem_zalloc(sizeof(*prefix) + len + 1);
    if (!prefix)
        return err_set(err, ERR_NOMEM, "no memory to follow a prefix");
    memcpy(prefix->text, name, len + 1);
    prefix->len = len;
    prefix->is_staged = true;
    LL_PREPEND(session->prefixes, prefix);
    session->prefix_count++;
    return 0;
}

static int stage_matches(struct market_session *session, const char *name,
                         struct err *err)
{
    struct market *market = session->market;
    size_t len = strlen(name);

    for (size_t i = market_table_lower(market, name, len - 1);
         i < market->sorted_count; i++) {
        struct market_quote *quote = market->sorted[i];

        if (!symbols_fits(name, len, quote->symbol, quote->symbol_len))
            break;
        if (market_session_may_see(session, quote) &&
            stage_quote(session, quote, false, err) < 0)
            return -1;
    }
    return 0;
}

static int stage_symbol(struct market_session *session, const char *name,
                        struct err *err)
{
    size_t len = strlen(name);
    struct market_quote *quote;
    int rc;

    if (!symbols_has(session->names, name, len))
        return err_set(err, ERR_FORBIDDEN, "this user may not see %s", name);
    quote = market_table_get(session->market, name, len);
    if (!quote)
        return err_set(err, ERR_NOMEM, "no memory to follow a symbol");
    rc = stage_quote(session, quote, true, err);
    market_table_settle(session->market, quote);
    return rc;
}

static int stage(struct market_session *session, const struct market_want *want,
                 struct err *err)
{
    for (size_t i = 0; i < want->count; i++) {
        const char *name = want->names[i];

        if (check_name(name, i, err) < 0)
            return -1;
        if (symbols_is_prefix(name, strlen(name))
                ? stage_prefix(session, name, err) < 0 ||
                      stage_matches(session, name, err) < 0
                : stage_symbol(session, name, err) < 0)
            return -1;
    }
    return 0;
}

static void remove_prefix(struct market_session *session,
                          struct market_prefix *prefix)
{
    LL_DELETE(session->prefixes, prefix);
    session->prefix_count--;
    mem_free(prefix);
}

/* fn says which nodes go. Removing one moves others, so from the start. */
static void remove_nodes(struct market_session *session,
                         bool (*goes)(const struct market_node *node))
{
    for (size_t i = 0; i < session->node_cap;) {
        struct market_node *node = session->nodes[i];

        if (node && goes(node)) {
            market_session_remove(session, node);
            continue;
        }
        i++;
    }
}

/* Trades that were made for this command alone. */
static void take_back(struct market_session *session)
{
    struct market_prefix *prefix;
    struct market_prefix *next;

    while (session->staged)
        market_session_remove(session, session->staged);
    LL_FOREACH_SAFE(session->prefixes, prefix, next)
    {
        if (prefix->is_staged)
            remove_prefix(session, prefix);
    }
    for (size_t i = 0; i < session->node_cap; i++) {
        struct market_node *node = session->nodes[i];

        if (!node)
            continue;
        node->is_staged_name = false;
        /* Takes away only: it can't fail. */
        if (!(session->kinds & MARKET_TRADES))
            market_node_set_kinds(node, session->kinds);
    }
}

/* What may fail comes before anything is given. */
static int set_kinds(struct market_session *session, unsigned kinds,
                     struct err *err)
{
    for (size_t i = 0; i < session->node_cap; i++) {
        struct market_node *node = session->nodes[i];

        if (node && kinds & MARKET_TRADES && market_node_make_trades(node) < 0)
            return err_set(err, ERR_NOMEM, "no memory to follow trades");
    }
    return 0;
}

/* Those named that have no quote, each once, in the order in which they are. */
static void put_unknown(const struct market_session *session,
                        const struct market_want *want, struct buf *unknown)
{
    for (size_t i = 0; i < want->count; i++) {
        const char *name = want->names[i];
        struct market_quote *quote =
            market_table_find(session->market, name, strlen(name));
        struct market_node *node = quote && !quote->accepted
                                       ? market_session_find(session, quote)
                                       : NULL;

        if (!node || !node->is_staged_name)
            continue;
        json_put_str(unknown, NULL, name);
        node->is_staged_name = false;
        node->is_named = true;
    }
}

static void settle(struct market_session *session, unsigned kinds)
{
    struct market_prefix *prefix;

    LL_FOREACH(session->prefixes, prefix)
    prefix->is_staged = false;
    session->kinds = kinds;
    /* In the order in which they were named. */
    while (session->staged)
        market_node_set_kinds(session->staged, kinds);
    for (size_t i = 0; i < session->node_cap; i++) {
        struct market_node *node = session->nodes[i];

        if (!node)
            continue;
        node->is_named = node->is_named || node->is_staged_name;
        node->is_staged_name = false;
        market_node_set_kinds(node, kinds);
    }
    if (session->fresh)
        market_session_urgent(session);
}

/* The first time that trades are wanted: those behind a place that are kept,
 * and what is not. */
static void resume(struct market_session *session,
                   const struct market_at *after)
{
    struct market_trades *trades = session->market->trades;
    struct market_at lost_at;
    uint64_t lost = market_trades_lost(trades, &lost_at);

    if (lost && market_at_compare(after, &lost_at) < 0) {
        session->gap.is_there = true;
        session->gap.from = *after;
        session->gap.from.line++;
        session->gap.to = lost_at;
        session->gap.missed = lost;
    }
    for (uint64_t place = market_trades_first(trades); place;
         place = market_trades_after(trades, place)) {
        const struct market_trade *trade = market_trades_get(trades, place);
        struct market_node *node;

        if (market_at_compare(&trade->at, after) <= 0)
            continue;
        node =
            market_session_find(session, market_quote_of_chain(trade->chain));
        if (node && node->trades && !node->trades->place)
            market_trade_node_set(node->trades, place);
    }
    if (session->trades || session->gap.is_there)
        market_session_ask(session);
}

int market_follow(struct market_session *session,
                  const struct market_want *want, struct buf *unknown,
                  struct err *err)
{
    unsigned kinds = want->kinds ? want->kinds : session->kinds;
    struct market *market = session->market;

    if (stage(session, want, err) < 0 || set_kinds(session, kinds, err) < 0) {
        take_back(session);
        return -1;
    }
    put_unknown(session, want, unknown);
    settle(session, kinds);
    if (want->max_rate)
        pace_set_rate(&market->pace, &session->pace, want->max_rate,
                      market->mono_us);
    if (kinds & MARKET_TRADES) {
        if (!session->had_trades && want->after)
            resume(session, want->after);
        session->had_trades = true;
    }
    return 0;
}

static bool is_no_more_followed(const struct market_node *node)
{
    return !node->is_named &&
           !market_session_is_followed(node->session, node->quote);
}

static bool goes_always(const struct market_node *node)
{
    (void)node;
    return true;
}

static void unfollow_all(struct market_session *session)
{
    while (session->prefixes)
        remove_prefix(session, session->prefixes);
    remove_nodes(session, goes_always);
}

static void unfollow_symbol(struct market_session *session, const char *name)
{
    struct market_quote *quote =
        market_table_find(session->market, name, strlen(name));
    struct market_node *node =
        quote ? market_session_find(session, quote) : NULL;

    if (!node)
        return;
    node->is_named = false;
    if (is_no_more_followed(node))
        market_session_remove(session, node);
}

void market_unfollow(struct market_session *session, const char *const *names,
                     size_t count)
{
    bool lost_prefix = false;

    if (!count)
        unfollow_all(session);
    for (size_t i = 0; i < count; i++) {
        struct market_prefix *prefix;

        if (!symbols_is_prefix(names[i], strlen(names[i]))) {
            unfollow_symbol(session, names[i]);
            continue;
        }
        prefix = find_prefix(session, names[i]);
        if (prefix)
            remove_prefix(session, prefix);
        lost_prefix = lost_prefix || prefix;
    }
    if (lost_prefix)
        remove_nodes(session, is_no_more_followed);
}
