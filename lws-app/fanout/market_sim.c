#include "fanout/market_sim.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "base/symbols.h"
#include "base/tick.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define CENT (DECIMAL_ONE / 100)
#define PRICE_MAX (INT64_C(1000000000) * DECIMAL_ONE) /* to start from */
#define REACH_MIN 10 /* steps that a price may go, however low it is */
#define RATE_MAX 1000000
#define SYMBOLS_MAX 1000
/* So much is made up for at once, where the loop was away for longer. */
#define CATCH_UP_US (CLOCK_S / 2)

struct sim_symbol {
    const char *name; /* in the spec's copy */
    size_t len;
    int64_t step; /* of its prices, in decimals' units */
    int64_t mid;  /* in steps, as the next */
    int64_t last, open, high, low;
    int64_t volume;
    int64_t seq;
    int64_t trades;
};

struct market_sim {
    uint64_t state;
    int64_t rate;
    int64_t last_us; /* 0: not called yet */
    int64_t owed;    /* lines, in millionths */
    int burst;       /* of the symbol that moves now: lines left */
    size_t burst_at;
    struct tick tick;
    size_t count;
    char session[16];
    struct sim_symbol *symbols;
    char spec[];
};

/* xorshift64*. */
static uint64_t chance(struct market_sim *sim, uint64_t below)
{
    sim->state ^= sim->state >> 12;
    sim->state ^= sim->state << 25;
    sim->state ^= sim->state >> 27;
    return (sim->state * UINT64_C(2685821657736338717) >> 32) % below;
}

static int read_number(const char *text, char end, int64_t least, int64_t most,
                       int64_t *value)
{
    size_t len = strspn(text, "0123456789");

    if (len < 1 || len > 15 || (text[len] && text[len] != end))
        return -1;
    *value = strtoll(text, NULL, 10);
    return *value < least || *value > most ? -1 : 0;
}

static int refuse(struct err *err)
{
    return err_field(err, "market_sim",
                     "must be symbols separated by commas, each optionally "
                     "with = and a price, then @, lines a second (1 to %d), "
                     "and optionally : and a seed: EDF01,TTE=60.24@100:7",
                     RATE_MAX);
}

static int read_rate(struct market_sim *sim, struct err *err)
{
    char *at = strrchr(sim->spec, '@');
    const char *colon = at ? strchr(at, ':') : NULL;
    int64_t seed = 1;

    if (!at || read_number(at + 1, ':', 1, RATE_MAX, &sim->rate) < 0 ||
        (colon && read_number(colon + 1, '\0', 0, INT64_MAX, &seed) < 0))
        return refuse(err);
    *at = '\0';
    /* Not 0, from which it would not move. */
    sim->state = (uint64_t)seed * 2 + 88172645463325253U;
    return 0;
}

/* As fine as it is written, and no coarser than a cent. */
static int64_t step_of(const char *price, size_t len)
{
    const char *point = memchr(price, '.', len);
    int64_t step = DECIMAL_ONE;

    for (size_t left = point ? len - (size_t)(point + 1 - price) : 0; left;
         left--)
        step /= 10;
    return step < 1 ? 1 : step < CENT ? step : CENT;
}

/* "NAME=PRICE", where what follows the last "=" is a price: of NAME. Returns -1
 * where it is none to start from. */
static int read_price(struct sim_symbol *symbol)
{
    size_t at = symbol->len;
    int64_t price;

    while (at && symbol->name[at - 1] != '=')
        at--;
    if (at < 2 || decimal_parse(symbol->name + at, symbol->len - at, &price) !=
                      DECIMAL_OK)
        return 0;
    if (price < -PRICE_MAX || price > PRICE_MAX)
        return -1;
    symbol->step = step_of(symbol->name + at, symbol->len - at);
    symbol->mid = price / symbol->step;
    symbol->len = at - 1;
    return 0;
}

static int read_symbols(struct market_sim *sim, struct err *err)
{
    const char *at = sim->spec;
    const char *name;
    size_t len;

    sim->symbols = mem_zalloc(SYMBOLS_MAX * sizeof(*sim->symbols));
    if (!sim->symbols)
        return err_set(err, ERR_NOMEM, "no memory for a simulated market");
    while ((name = symbols_next(&at, &len))) {
        struct sim_symbol *symbol = &sim->symbols[sim->count];

        if (sim->count == SYMBOLS_MAX)
            return refuse(err);
        symbol->name = name;
        symbol->len = len;
        if (read_price(symbol) < 0 || symbol->len > TICK_SYMBOL_CHARS ||
            symbols_is_prefix(name, symbol->len))
            return refuse(err);
        if (!symbol->step) {
            symbol->step = CENT;
            symbol->mid = 5000 + (int64_t)chance(sim, 45000);
        }
        symbol->last = symbol->open = symbol->mid;
        symbol->high = symbol->low = symbol->mid;
        sim->count++;
    }
    return sim->count ? 0 : refuse(err);
}

int market_sim_new(struct market_sim **out, const char *spec, struct err *err)
{
    size_t len = strlen(spec);
    struct market_sim *sim = mem_zalloc(sizeof(*sim) + len + 1);

    *out = NULL;
    if (!sim)
        return err_set(err, ERR_NOMEM, "no memory for a simulated market");
    memcpy(sim->spec, spec, len + 1);
    if (read_rate(sim, err) < 0 || read_symbols(sim, err) < 0) {
        market_sim_free(sim);
        return -1;
    }
    *out = sim;
    return 0;
}

void market_sim_free(struct market_sim *sim)
{
    if (sim)
        mem_free(sim->symbols);
    mem_free(sim);
}

static void give(struct tick *tick, enum tick_number number, int64_t value)
{
    tick->given |= 1U << number;
    tick->numbers[number] = value;
}

static void give_price(struct tick *tick, enum tick_number number,
                       const struct sim_symbol *symbol, int64_t steps)
{
    give(tick, number, steps * symbol->step);
}

/* Back towards where it began, so that it stays within bounds for ever. */
static void walk(struct market_sim *sim, struct sim_symbol *symbol)
{
    int64_t tenth = llabs(symbol->open) / 10;
    int64_t reach = tenth > REACH_MIN ? tenth : REACH_MIN;
    int64_t pull = symbol->mid > symbol->open + reach   ? -1
                   : symbol->mid < symbol->open - reach ? 1
                                                        : 0;

    symbol->mid += (int64_t)chance(sim, 7) - 3 + pull;
}

static void trade(struct market_sim *sim, struct sim_symbol *symbol,
                  int64_t spread)
{
    struct tick *tick = &sim->tick;
    bool is_buy = chance(sim, 2);
    int64_t size = 1 + (int64_t)chance(sim, 500);

    symbol->last = symbol->mid + (is_buy ? spread : -spread);
    symbol->volume += size;
    if (symbol->last > symbol->high)
        symbol->high = symbol->last;
    if (symbol->last < symbol->low)
        symbol->low = symbol->last;
    tick->has_trade = true;
    tick->trade = (struct tick_trade){.price = symbol->last * symbol->step,
                                      .size = size * DECIMAL_ONE,
                                      .seq = ++symbol->trades,
                                      .side = is_buy ? TICK_BUY : TICK_SELL};
    give_price(tick, TICK_LAST, symbol, symbol->last);
    give(tick, TICK_LAST_SIZE, size * DECIMAL_ONE);
    give_price(tick, TICK_HIGH, symbol, symbol->high);
    give_price(tick, TICK_LOW, symbol, symbol->low);
    give(tick, TICK_VOLUME, symbol->volume * DECIMAL_ONE);
}

static void begin(struct market_sim *sim, struct sim_symbol *symbol)
{
    struct tick *tick = &sim->tick;

    memset(tick, 0, offsetof(struct tick, symbol));
    memcpy(tick->symbol, symbol->name, symbol->len);
    tick->symbol[symbol->len] = '\0';
    tick->symbol_len = symbol->len;
    tick->session_len = strlen(sim->session);
    memcpy(tick->session, sim->session, tick->session_len + 1);
    tick->has_seq = true;
    tick->seq = ++symbol->seq;
    tick->time_us = clock_now_us();
    if (symbol->seq == 1) {
        give_price(tick, TICK_OPEN, symbol, symbol->open);
        tick->has_status = true;
        tick->status = TICK_OPEN_FOR_TRADE;
    }
}

static void make_line(struct market_sim *sim, struct buf *lines)
{
    struct sim_symbol *symbol;
    int64_t spread = 1 + (int64_t)chance(sim, 3);

    if (!sim->burst && chance(sim, 200) == 0) {
        sim->burst = 5 + (int)chance(sim, 40);
        sim->burst_at = (size_t)chance(sim, sim->count);
    }
    symbol = &sim->symbols[sim->burst ? sim->burst_at
                                      : (size_t)chance(sim, sim->count)];
    sim->burst -= sim->burst > 0;
    begin(sim, symbol);
    walk(sim, symbol);
    give_price(&sim->tick, TICK_BID, symbol, symbol->mid - spread);
    give(&sim->tick, TICK_BID_SIZE,
         (1 + (int64_t)chance(sim, 900)) * DECIMAL_ONE);
    give_price(&sim->tick, TICK_ASK, symbol, symbol->mid + spread);
    give(&sim->tick, TICK_ASK_SIZE,
         (1 + (int64_t)chance(sim, 900)) * DECIMAL_ONE);
    if (chance(sim, 4) == 0)
        trade(sim, symbol, spread);
    tick_write(lines, &sim->tick);
    buf_put_char(lines, '\n');
}

void market_sim_make(struct market_sim *sim, int64_t mono_us, struct buf *lines)
{
    int64_t since = mono_us - sim->last_us;

    if (!sim->last_us) {
        char time[CLOCK_TEXT_MAX];

        /* One for each start: it counts anew. */
        clock_format(clock_now_us(), time);
        memcpy(sim->session, time + 5, sizeof(sim->session) - 1);
        since = 0;
    }
    sim->last_us = mono_us;
    sim->owed += (since > CATCH_UP_US ? CATCH_UP_US : since) * sim->rate;
    for (; sim->owed >= CLOCK_S && !lines->failed; sim->owed -= CLOCK_S)
        make_line(sim, lines);
}
