#include "base/clock.h"
#include "base/json.h"
#include "base/symbols.h"
#include "fanout/market_private.h"

#include <string.h>

#include "base/banned.h"

/* What is read of the table, by whoever asks once. */
#define QUOTES_MAX 1000

static void put_number(struct buf *out, const struct market_quote *quote,
                       int number)
{
    if (quote->given & 1U << number)
        json_put_decimal(out, tick_number_names[number],
                         quote->numbers[number]);
    else
        json_put_null(out, tick_number_names[number]);
}

const struct buf *market_quote_text(struct market_quote *quote)
{
    struct buf *out = &quote->text;

    if (!quote->is_stale_text)
        return out;
    buf_clear(out);
    json_open(out);
    json_put_str_len(out, "symbol", quote->symbol, quote->symbol_len);
    if (quote->has_seq)
        json_put_int(out, "seq", quote->seq);
    else
        json_put_null(out, "seq");
    json_put_time(out, "time", quote->time_us);
    for (int i = 0; i < TICK_NUMBERS; i++)
        put_number(out, quote, i);
    json_put_str(out, "status", tick_status_names[quote->status]);
    if (out->failed)
        return NULL;
    quote->is_stale_text = false;
    return out;
}

static int put_quote(struct buf *out, struct market_quote *quote,
                     struct err *err)
{
    const struct buf *text = market_quote_text(quote);

    if (!text)
        return err_set(err, ERR_NOMEM, "no memory for a quote");
    if (out->len && out->data[out->len - 1] == '}')
        buf_put_char(out, ',');
    buf_put(out, text->data, text->len);
    buf_put_char(out, '}');
    return 0;
}

/* Of one that the asker has not been given yet, and may see. */
static int put_once(struct buf *out, struct market_quote *quote,
                    const char *names, size_t *count, struct err *err)
{
    struct market *market = quote->market;

    if (!quote->accepted || quote->mark == market->mark ||
        !symbols_has(names, quote->symbol, quote->symbol_len))
        return 0;
    quote->mark = market->mark;
    if (++*count > QUOTES_MAX)
        return err_field(err, "symbols", "names more than %d symbols",
                         QUOTES_MAX);
    return put_quote(out, quote, err);
}

static int put_prefix(struct market *market, const char *names,
                      const char *prefix, size_t len, size_t *count,
                      struct buf *out, struct err *err)
{
    for (size_t i = market_table_lower(market, prefix, len - 1);
         i < market->sorted_count; i++) {
        struct market_quote *quote = market->sorted[i];

        if (!symbols_fits(prefix, len, quote->symbol, quote->symbol_len))
            break;
        if (put_once(out, quote, names, count, err) < 0)
            return -1;
    }
    return 0;
}

int market_put_quotes(struct market *market, const char *names,
                      const char *symbols, struct buf *out, struct err *err)
{
    const char *name;
    size_t count = 0;
    size_t len;

    market->mark++;
    while ((name = symbols_next(&symbols, &len))) {
        struct market_quote *quote;

        if (symbols_is_prefix(name, len)) {
            if (put_prefix(market, names, name, len, &count, out, err) < 0)
                return -1;
            continue;
        }
        quote = market_table_find(market, name, len);
        if (quote && put_once(out, quote, names, &count, err) < 0)
            return -1;
    }
    return 0;
}

static struct market_quote *find_seen(struct market *market, const char *names,
                                      const char *symbol, struct err *err)
{
    struct market_quote *quote =
        market_table_find(market, symbol, strlen(symbol));

    if (quote && quote->accepted &&
        symbols_has(names, quote->symbol, quote->symbol_len))
        return quote;
    err_set(err, ERR_MISSING, "there is no quote for this symbol");
    return NULL;
}

int market_open_quote(struct market *market, const char *names,
                      const char *symbol, struct buf *out, struct err *err)
{
    struct market_quote *quote = find_seen(market, names, symbol, err);
    const struct buf *text;

    if (!quote)
        return -1;
    text = market_quote_text(quote);
    if (!text)
        return err_set(err, ERR_NOMEM, "no memory for a quote");
    buf_put(out, text->data, text->len);
    json_put_int(out, "accepted", (int64_t)quote->accepted);
    json_open_key(out, "dropped");
    for (int i = MARKET_OUT_OF_ORDER; i <= MARKET_FUTURE; i++)
        json_put_int(out, market_verdict_names[i], quote->dropped[i]);
    json_close(out);
    json_put_int(out, "gaps", quote->gaps);
    json_put_int(out, "crossed", quote->crossed);
    return 0;
}

static void put_bar(void *arg, const struct market_bar *bar)
{
    struct buf *out = arg;

    json_open_array(out, NULL);
    json_put_time(out, NULL, bar->second * CLOCK_S);
    json_put_decimal(out, NULL, bar->open);
    json_put_decimal(out, NULL, bar->high);
    json_put_decimal(out, NULL, bar->low);
    json_put_decimal(out, NULL, bar->close);
    json_put_decimal(out, NULL, bar->volume);
    json_put_int(out, NULL, bar->count);
    json_close_array(out);
}

int market_put_bars(struct market *market, const char *names,
                    const char *symbol, int span, int minutes, struct buf *out,
                    struct err *err)
{
    struct market_quote *quote = find_seen(market, names, symbol, err);

    if (!quote)
        return -1;
    market_bars_each(quote->bars,
                     clock_now_us() / CLOCK_S - (int64_t)minutes * 60, span,
                     put_bar, out);
    return 0;
}
