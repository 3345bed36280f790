#include "fanout/market_trades.h"
#include "base/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ALIGN 8

/* A place is a count of bytes since the start; behind it in the ring comes the
 * next one, or, where that did not fit before the end, a rest without text. */
struct market_trades {
    size_t cap;
    uint64_t first; /* the place of the oldest; = end: none */
    uint64_t end;
    uint64_t count;
    uint64_t lost; /* the number of the newest that was lost */
    struct market_at lost_at;
    _Alignas(ALIGN) unsigned char ring[];
};

int market_at_compare(const struct market_at *a, const struct market_at *b)
{
    if (a->ms != b->ms)
        return a->ms < b->ms ? -1 : 1;
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return a->line == b->line ? 0 : a->line < b->line ? -1 : 1;
}

size_t market_at_format(const struct market_at *at, char text[MARKET_AT_MAX])
{
    return (size_t)snprintf(text, MARKET_AT_MAX,
                            "%" PRIu64 "-%" PRIu64 ".%" PRIu32, at->ms, at->n,
                            at->line);
}

/* Digits up to end, of at most 18. */
static const char *read_part(const char *text, char end, uint64_t *value)
{
    size_t len = strspn(text, "0123456789");

    if (len < 1 || len > 18 || text[len] != end)
        return NULL;
    *value = strtoull(text, NULL, 10);
    return text + len + 1;
}

int market_at_parse(const char *text, struct market_at *at)
{
    uint64_t line = 0;
    const char *n = read_part(text, '-', &at->ms);
    const char *rest = n ? read_part(n, '.', &at->n) : NULL;

    if (!rest || !read_part(rest, '\0', &line) || line > UINT32_MAX)
        return -1;
    at->line = (uint32_t)line;
    return 0;
}

struct market_trades *market_trades_new(size_t bytes)
{
    struct market_trades *trades = mem_alloc(sizeof(*trades) + bytes);

    if (!trades)
        return NULL;
    memset(trades, 0, sizeof(*trades));
    trades->cap = bytes / ALIGN * ALIGN;
    /* 0 is no place. */
    trades->first = trades->end = trades->cap;
    return trades;
}

void market_trades_free(struct market_trades *trades)
{
    mem_free(trades);
}

static struct market_trade *trade_at(const struct market_trades *trades,
                                     uint64_t place)
{
    return (struct market_trade *)(uintptr_t)(trades->ring +
                                              place % trades->cap);
}

static bool is_kept(const struct market_trades *trades, uint64_t place)
{
    return place >= trades->first && place < trades->end;
}

/* A rest at the end of the ring has no text, and may be too short for more. */
static uint64_t skip_rest(const struct market_trades *trades, uint64_t place)
{
    size_t left = trades->cap - place % trades->cap;

    if (place < trades->end &&
        (left < sizeof(struct market_trade) || !trade_at(trades, place)->len))
        return place + left;
    return place;
}

static void drop_first(struct market_trades *trades)
{
    struct market_trade *trade = trade_at(trades, trades->first);

    trade->chain->first = trade->next;
    if (!trade->next)
        trade->chain->last = 0;
    trades->lost = trade->number;
    trades->lost_at = trade->at;
    trades->first = skip_rest(trades, trades->first + trade->size);
}

/* Up to where the ring is to be ours: whatever lies there is lost. */
static void drop_until(struct market_trades *trades, uint64_t end)
{
    while (trades->first < trades->end && end - trades->first > trades->cap)
        drop_first(trades);
}

uint64_t market_trades_add(struct market_trades *trades,
                           struct market_chain *chain,
                           const struct market_at *at, const char *text,
                           size_t len)
{
    size_t size =
        (sizeof(struct market_trade) + len + ALIGN - 1) / ALIGN * ALIGN;
    size_t left = trades->cap - trades->end % trades->cap;
    uint64_t place = trades->end + (left < size ? left : 0);
    struct market_trade *trade;

    if (!len || size > trades->cap / 2)
        return 0;
    drop_until(trades, place + size);
    if (trades->first == trades->end)
        trades->first = place;
    else if (left < size && left >= sizeof(struct market_trade))
        trade_at(trades, trades->end)->len = 0;
    trade = trade_at(trades, place);
    *trade = (struct market_trade){.number = ++trades->count,
                                   .chain = chain,
                                   .at = *at,
                                   .size = (uint32_t)size,
                                   .len = (uint32_t)len};
    memcpy(trade->text, text, len);
    trades->end = place + size;
    if (chain->last)
        trade_at(trades, chain->last)->next = place;
    else
        chain->first = place;
    chain->last = place;
    return place;
}

const struct market_trade *market_trades_get(const struct market_trades *trades,
                                             uint64_t place)
{
    return is_kept(trades, place) ? trade_at(trades, place) : NULL;
}

uint64_t market_trades_first(const struct market_trades *trades)
{
    return trades->first < trades->end ? trades->first : 0;
}

uint64_t market_trades_after(const struct market_trades *trades, uint64_t place)
{
    uint64_t next = skip_rest(trades, place + trade_at(trades, place)->size);

    return next < trades->end ? next : 0;
}

uint64_t market_trades_lost(const struct market_trades *trades,
                            struct market_at *at)
{
    *at = trades->lost_at;
    return trades->lost;
}
