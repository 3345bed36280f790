#include "fanout/market_private.h"

#include <assert.h>
#include <utlist.h>

#include "base/banned.h"

struct market_node *market_node_new(struct market_session *session,
                                    struct market_quote *quote)
{
    struct market_node *node = mem_zalloc(sizeof(*node));

    if (!node)
        return NULL;
    node->session = session;
    node->quote = quote;
    quote->followers++;
    return node;
}

void market_node_move(struct market_node *node, enum node_list list)
{
    struct market_session *session = node->session;

    switch ((enum node_list)node->list) {
    case NODE_NOWHERE: break;
    case NODE_STAGED: DL_DELETE(session->staged, node); break;
    case NODE_CLEAN: DL_DELETE(node->quote->clean, node); break;
    case NODE_FRESH: DL_DELETE(session->fresh, node); break;
    case NODE_DIRTY:
        DL_DELETE(session->dirty, node);
        session->dirty_count--;
        break;
    }
    node->list = (uint8_t)list;
    switch (list) {
    case NODE_NOWHERE: break;
    case NODE_STAGED: DL_APPEND(session->staged, node); break;
    case NODE_CLEAN: DL_APPEND(node->quote->clean, node); break;
    case NODE_FRESH: DL_APPEND(session->fresh, node); break;
    case NODE_DIRTY:
        DL_APPEND(session->dirty, node);
        session->dirty_count++;
        break;
    }
}

void market_trade_node_set(struct trade_node *node, uint64_t place)
{
    const struct market_trade *trade =
        market_trades_get(node->quote->market->trades, place);

    if (node->place)
        DL_DELETE(node->session->trades, node);
    else
        DL_DELETE(node->quote->clean_trades, node);
    node->place = trade ? place : 0;
    if (!trade) {
        DL_APPEND(node->quote->clean_trades, node);
        return;
    }
    node->number = trade->number;
    node->at = trade->at;
    DL_APPEND(node->session->trades, node);
}

static void free_trades(struct market_node *node)
{
    if (!node->trades)
        return;
    if (node->trades->place)
        DL_DELETE(node->session->trades, node->trades);
    else
        DL_DELETE(node->quote->clean_trades, node->trades);
    mem_free(node->trades);
    node->trades = NULL;
}

int market_node_make_trades(struct market_node *node)
{
    if (node->trades)
        return 0;
    node->trades = mem_zalloc(sizeof(*node->trades));
    if (!node->trades)
        return -1;
    node->trades->session = node->session;
    node->trades->quote = node->quote;
    DL_APPEND(node->quote->clean_trades, node->trades);
    return 0;
}

int market_node_set_kinds(struct market_node *node, unsigned kinds)
{
    if (!(kinds & MARKET_TRADES))
        free_trades(node);
    else if (market_node_make_trades(node) < 0)
        return -1;
    if (!(kinds & MARKET_QUOTES)) {
        market_node_move(node, NODE_NOWHERE);
    } else if (node->list == NODE_NOWHERE || node->list == NODE_STAGED) {
        node->sent = 0;
        market_node_move(node, node->quote->accepted ? NODE_FRESH : NODE_CLEAN);
    }
    return 0;
}

void market_node_free(struct market_node *node)
{
    struct market_quote *quote = node->quote;

    free_trades(node);
    market_node_move(node, NODE_NOWHERE);
    quote->followers--;
    mem_free(node);
    market_table_settle(quote->market, quote);
}

void market_quote_wake(struct market_quote *quote)
{
    while (quote->clean) {
        struct market_node *node = quote->clean;

        market_node_move(node, NODE_DIRTY);
        market_session_ask(node->session);
    }
}

void market_quote_wake_trades(struct market_quote *quote, uint64_t place)
{
    while (quote->clean_trades) {
        struct trade_node *node = quote->clean_trades;

        market_trade_node_set(node, place);
        assert(node->place == place);
        market_session_ask(node->session);
    }
}
