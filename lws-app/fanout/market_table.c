#include "fanout/market_private.h"

#include <stddef.h>
#include <string.h>

#include "base/banned.h"

#define QUOTE_TEXT_MAX (16 * 1024)

struct market_quote *market_table_find(const struct market *market,
                                       const char *symbol, size_t len)
{
    struct market_quote *quote;

    HASH_FIND(hh, market->quotes, symbol, len, quote);
    return quote;
}

struct market_quote *market_table_get(struct market *market, const char *symbol,
                                      size_t len)
{
    struct market_quote *quote = market_table_find(market, symbol, len);

    if (quote)
        return quote;
    quote = mem_zalloc(sizeof(*quote) + len + 1);
    if (!quote)
        return NULL;
    quote->market = market;
    quote->symbol_len = len;
    quote->is_stale_text = true;
    memcpy(quote->symbol, symbol, len);
    buf_init(&quote->text, QUOTE_TEXT_MAX);
    HASH_ADD_KEYPTR(hh, market->quotes, quote->symbol, len, quote);
    if (quote->hh.tbl)
        return quote;
    mem_free(quote);
    return NULL;
}

static void quote_free(struct market_quote *quote)
{
    market_bars_free(quote->bars);
    buf_release(&quote->text);
    mem_free(quote);
}

size_t market_table_lower(const struct market *market, const char *prefix,
                          size_t len)
{
    size_t low = 0;
    size_t high = market->sorted_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct market_quote *quote = market->sorted[middle];
        size_t least = quote->symbol_len < len ? quote->symbol_len : len;
        int order = memcmp(quote->symbol, prefix, least);

        if (order < 0 || (order == 0 && quote->symbol_len < len))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int market_table_list(struct market *market, struct market_quote *quote)
{
    size_t at = market_table_lower(market, quote->symbol, quote->symbol_len);

    if (market->sorted_count == market->sorted_cap) {
        size_t cap = market->sorted_cap ? market->sorted_cap * 2 : 64;
        struct market_quote **more =
            mem_realloc(market->sorted, cap * sizeof(struct market_quote *));

        if (!more)
            return -1;
        market->sorted = more;
        market->sorted_cap = cap;
    }
    memmove(market->sorted + at + 1, market->sorted + at,
            (market->sorted_count - at) * sizeof(struct market_quote *));
    market->sorted[at] = quote;
    market->sorted_count++;
    return 0;
}

void market_table_unlist(struct market *market, struct market_quote *quote)
{
    size_t at = market_table_lower(market, quote->symbol, quote->symbol_len);

    market->sorted_count--;
    memmove(market->sorted + at, market->sorted + at + 1,
            (market->sorted_count - at) * sizeof(struct market_quote *));
    market->unsaved_from -= market->unsaved_from > at;
}

void market_table_settle(struct market *market, struct market_quote *quote)
{
    if (quote->accepted || quote->followers || quote->is_husk)
        return;
    HASH_DEL(market->quotes, quote);
    quote_free(quote);
}

void market_table_free(struct market *market)
{
    struct market_quote *quote;
    struct market_quote *next;

    HASH_ITER(hh, market->quotes, quote, next)
    {
        HASH_DEL(market->quotes, quote);
        quote_free(quote);
    }
    mem_free(market->sorted);
}
