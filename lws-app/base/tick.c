#include "base/tick.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/text.h"
#include "base/tick_scan.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define NUMBER_MAX 63 /* bytes of a number */

static bool read_decimal(struct tick_scan *s, const char *name,
                         const struct tick_value *value, int64_t *out)
{
    enum decimal_fault fault = DECIMAL_SYNTAX;

    if ((value->kind == TICK_IS_TEXT || value->kind == TICK_IS_NUMBER) &&
        value->len <= NUMBER_MAX)
        fault = decimal_parse(value->text, value->len, out);
    if (fault != DECIMAL_OK)
        tick_scan_refuse(s, name, decimal_fault_text(fault));
    return fault == DECIMAL_OK;
}

static bool read_size(struct tick_scan *s, const char *name,
                      const struct tick_value *value, int64_t *out)
{
    if (!read_decimal(s, name, value, out))
        return false;
    if (*out >= 0)
        return true;
    tick_scan_refuse(s, name, "must not be negative");
    return false;
}

static bool read_seq(struct tick_scan *s, const char *name,
                     const struct tick_value *value, int64_t *out)
{
    int64_t seq = 0;
    bool is_good =
        (value->kind == TICK_IS_NUMBER || value->kind == TICK_IS_TEXT) &&
        value->len >= 1 && value->len <= 15;

    for (size_t i = 0; is_good && i < value->len; i++) {
        is_good = value->text[i] >= '0' && value->text[i] <= '9';
        seq = seq * 10 + (value->text[i] - '0');
    }
    if (is_good)
        *out = seq;
    else
        tick_scan_refuse(s, name,
                         "must be a whole number of at most 15 digits");
    return is_good;
}

/* Keeps it with a NUL behind it. */
static void read_name(struct tick_scan *s, const char *name,
                      const struct tick_value *value, size_t chars, char *out,
                      size_t *len)
{
    if (value->kind != TICK_IS_TEXT || value->len == 0) {
        tick_scan_refuse(s, name, "must be text of at least one character");
        return;
    }
    if (value->is_cut ||
        (value->is_ascii ? value->len : utf8_count(value->text, value->len)) >
            chars) {
        tick_scan_refuse(s, name, "is too long");
        return;
    }
    if (!value->is_ascii && text_has_control(value->text, value->len)) {
        tick_scan_refuse(s, name, "must not contain control characters");
        return;
    }
    memcpy(out, value->text, value->len);
    out[value->len] = '\0';
    *len = value->len;
}

static void read_symbol(struct tick_scan *s, const struct tick_value *value,
                        struct tick *tick)
{
    read_name(s, "symbol", value, TICK_SYMBOL_CHARS, tick->symbol,
              &tick->symbol_len);
    /* It would be taken as a prefix wherever symbols are named. */
    if (tick->symbol_len && tick->symbol[tick->symbol_len - 1] == '*')
        tick_scan_refuse(s, "symbol", "must not end with *");
}

static void read_time(struct tick_scan *s, const struct tick_value *value,
                      struct tick *tick)
{
    if (value->kind != TICK_IS_TEXT ||
        clock_parse(value->text, value->len, &tick->time_us) < 0)
        tick_scan_refuse(s, "time",
                         "must be a time like 2026-01-31T23:59:59.123456Z");
}

static void read_status(struct tick_scan *s, const struct tick_value *value,
                        struct tick *tick)
{
    tick->has_status = true;
    tick->status = TICK_UNKNOWN;
    if (value->kind == TICK_IS_NULL)
        return;
    for (int i = 0; value->kind == TICK_IS_TEXT && i < TICK_STATUSES; i++) {
        if (value->len == strlen(tick_status_names[i]) &&
            !memcmp(value->text, tick_status_names[i], value->len)) {
            tick->status = (enum tick_status)i;
            return;
        }
    }
    tick_scan_refuse(s, "status",
                     "must be open, closed, halted, pre, auction or unknown");
}

static void read_side(struct tick_scan *s, const struct tick_value *value,
                      struct tick *tick)
{
    bool is_text = value->kind == TICK_IS_TEXT;

    if (value->kind == TICK_IS_NULL)
        tick->trade.side = TICK_NO_SIDE;
    else if (is_text && value->len == 3 && !memcmp(value->text, "buy", 3))
        tick->trade.side = TICK_BUY;
    else if (is_text && value->len == 4 && !memcmp(value->text, "sell", 4))
        tick->trade.side = TICK_SELL;
    else
        tick_scan_refuse(s, "side", "must be buy or sell");
}

static bool is_size(int number)
{
    return number == TICK_BID_SIZE || number == TICK_ASK_SIZE ||
           number == TICK_LAST_SIZE || number == TICK_VOLUME;
}

static void read_one_number(struct tick_scan *s, int number,
                            const struct tick_value *value, struct tick *tick)
{
    const char *name = tick_number_names[number];
    int64_t *out = &tick->numbers[number];

    if (value->kind == TICK_IS_NULL)
        tick->cleared |= 1U << number;
    else if (is_size(number) ? read_size(s, name, value, out)
                             : read_decimal(s, name, value, out))
        tick->given |= 1U << number;
}

static void read_removed(struct tick_scan *s, const struct tick_value *value,
                         struct tick *tick)
{
    if (value->kind != TICK_IS_TEXT || !value->is_ascii || value->len == 0 ||
        value->len >= sizeof(tick->removed)) {
        tick_scan_refuse(s, "removed", "must be a short string");
        return;
    }
    memcpy(tick->removed, value->text, value->len);
    tick->removed[value->len] = '\0';
}

/* The fields by name: those of a line behind the numbers, and of a trade. */
enum {
    FIELD_SYMBOL = TICK_NUMBERS,
    FIELD_TIME,
    FIELD_SEQ,
    FIELD_SESSION,
    FIELD_STATUS,
    FIELD_TRADE,
    FIELD_HEARTBEAT,
    FIELD_REMOVED,
    FIELDS,
};
enum { TRADE_PRICE, TRADE_SIZE, TRADE_SIDE, TRADE_SEQ, TRADE_FIELDS };

static const char *const line_names[FIELDS] = {
    [TICK_BID] = "bid",
    [TICK_BID_SIZE] = "bid_size",
    [TICK_ASK] = "ask",
    [TICK_ASK_SIZE] = "ask_size",
    [TICK_LAST] = "last",
    [TICK_LAST_SIZE] = "last_size",
    [TICK_OPEN] = "open",
    [TICK_HIGH] = "high",
    [TICK_LOW] = "low",
    [TICK_VOLUME] = "volume",
    [FIELD_SYMBOL] = "symbol",
    [FIELD_TIME] = "time",
    [FIELD_SEQ] = "seq",
    [FIELD_SESSION] = "session",
    [FIELD_STATUS] = "status",
    [FIELD_TRADE] = "trade",
    [FIELD_HEARTBEAT] = "heartbeat",
    [FIELD_REMOVED] = "removed",
};
static const char *const trade_names[TRADE_FIELDS] = {"price", "size", "side",
                                                      "seq"};

static int find(const char *const *names, int count,
                const struct tick_value *name)
{
    for (int i = 0; i < count; i++) {
        if (names[i][0] == *name->text && strlen(names[i]) == name->len &&
            !memcmp(names[i], name->text, name->len))
            return i;
    }
    return -1;
}

/* Members of an object, its brace behind it. fn is given each that we know. */
typedef int member_fn(struct tick_scan *s, int field, struct tick_room *room,
                      const struct tick_value *value, struct tick *tick);

static int skip_unknown(struct tick_scan *s, const struct tick_value *name,
                        struct tick_room *room)
{
    char text[TICK_NAME_MAX * 2];
    struct tick_value value;

    snprintf(text, sizeof(text), "%.*s",
             (int)(name->len < sizeof(text) ? name->len : sizeof(text) - 1),
             name->text);
    if (!utf8_is_valid(text, strlen(text)))
        snprintf(text, sizeof(text), "%s", "name");
    tick_scan_refuse(s, text, "is not a field of a line");
    tick_scan_blanks(s);
    if (!tick_scan_take(s, ':'))
        return tick_scan_fail(s, "a colon is missing after a name");
    tick_scan_blanks(s);
    if (tick_scan_value(s, room, &value) < 0)
        return -1;
    return value.kind == TICK_IS_OBJECT
               ? tick_scan_fail(s, "an object within a line")
               : 0;
}

static int read_member(struct tick_scan *s, const char *const *names, int count,
                       uint32_t *seen, member_fn *fn, struct tick_room *room,
                       struct tick *tick)
{
    struct tick_value name;
    struct tick_value value;
    int field;

    tick_scan_blanks(s);
    if (!tick_scan_take(s, '"'))
        return tick_scan_fail(s, "a name is missing");
    if (tick_scan_text(s, room, &name) < 0)
        return -1;
    field = name.len ? find(names, count, &name) : -1;
    if (field < 0)
        return skip_unknown(s, &name, room);
    if (*seen & 1U << field)
        return tick_scan_fail(s, "a duplicate name in one object");
    *seen |= 1U << field;
    tick_scan_blanks(s);
    if (!tick_scan_take(s, ':'))
        return tick_scan_fail(s, "a colon is missing after a name");
    tick_scan_blanks(s);
    if (tick_scan_value(s, room, &value) < 0)
        return -1;
    return fn(s, field, room, &value, tick);
}

static int read_members(struct tick_scan *s, const char *const *names,
                        int count, uint32_t *seen, member_fn *fn,
                        struct tick_room *room, struct tick *tick)
{
    *seen = 0;
    tick_scan_blanks(s);
    if (tick_scan_take(s, '}'))
        return 0;
    do {
        if (read_member(s, names, count, seen, fn, room, tick) < 0)
            return -1;
        tick_scan_blanks(s);
    } while (tick_scan_take(s, ','));
    return tick_scan_take(s, '}')
               ? 0
               : tick_scan_fail(s, "an object is not closed");
}

static int on_trade_member(struct tick_scan *s, int field,
                           struct tick_room *room,
                           const struct tick_value *value, struct tick *tick)
{
    (void)room;
    if (value->kind == TICK_IS_OBJECT)
        return tick_scan_fail(s, "an object within a trade");
    if (field == TRADE_PRICE)
        read_decimal(s, "price", value, &tick->trade.price);
    else if (field == TRADE_SIZE)
        read_size(s, "size", value, &tick->trade.size);
    else if (field == TRADE_SIDE)
        read_side(s, value, tick);
    else if (value->kind != TICK_IS_NULL)
        read_seq(s, "seq", value, &tick->trade.seq);
    return 0;
}

static int read_trade(struct tick_scan *s, struct tick_room *room,
                      const struct tick_value *value, struct tick *tick)
{
    uint32_t seen;

    if (value->kind == TICK_IS_NULL)
        return 0;
    if (value->kind != TICK_IS_OBJECT) {
        tick_scan_refuse(s, "trade", "must be an object");
        return 0;
    }
    s->prefix = "trade.";
    tick->has_trade = true;
    tick->trade = (struct tick_trade){.seq = -1};
    if (read_members(s, trade_names, TRADE_FIELDS, &seen, on_trade_member, room,
                     tick) < 0)
        return -1;
    if (!(seen & 1U << TRADE_PRICE))
        tick_scan_refuse(s, "price", "is required");
    if (!(seen & 1U << TRADE_SIZE))
        tick_scan_refuse(s, "size", "is required");
    s->prefix = "";
    return 0;
}

static int on_member(struct tick_scan *s, int field, struct tick_room *room,
                     const struct tick_value *value, struct tick *tick)
{
    bool is_null = value->kind == TICK_IS_NULL;

    if (field == FIELD_TRADE)
        return read_trade(s, room, value, tick);
    if (value->kind == TICK_IS_OBJECT)
        return tick_scan_fail(s, "an object that is not a trade");
    if (field < TICK_NUMBERS)
        read_one_number(s, field, value, tick);
    else if (field == FIELD_SYMBOL)
        read_symbol(s, value, tick);
    else if (field == FIELD_TIME)
        read_time(s, value, tick);
    else if (field == FIELD_SEQ && !is_null)
        tick->has_seq = read_seq(s, "seq", value, &tick->seq);
    else if (field == FIELD_SESSION && !is_null)
        read_name(s, "session", value, TICK_SESSION_CHARS, tick->session,
                  &tick->session_len);
    else if (field == FIELD_STATUS)
        read_status(s, value, tick);
    else if (field == FIELD_REMOVED)
        read_removed(s, value, tick);
    else if (field == FIELD_HEARTBEAT) {
        tick->is_heartbeat = value->kind == TICK_IS_TRUE;
        if (!tick->is_heartbeat)
            tick_scan_refuse(s, "heartbeat", "must be true");
    }
    return 0;
}

static void check_fields(struct tick_scan *s, uint32_t seen,
                         const struct tick *tick)
{
    uint32_t heartbeat = 1U << FIELD_HEARTBEAT | 1U << FIELD_TIME;
    uint32_t removal =
        1U << FIELD_SYMBOL | 1U << FIELD_TIME | 1U << FIELD_REMOVED;

    if (!(seen & 1U << FIELD_TIME))
        tick_scan_refuse(s, "time", "is required");
    if (seen & 1U << FIELD_HEARTBEAT) {
        if (tick->is_heartbeat && seen & ~heartbeat)
            tick_scan_refuse(s, "heartbeat", "must come alone, with time");
    } else if (!(seen & 1U << FIELD_SYMBOL)) {
        tick_scan_refuse(s, "symbol", "is required");
    }
    if (seen & 1U << FIELD_REMOVED && seen & ~removal)
        tick_scan_refuse(s, "removed", "must come alone, with symbol and time");
}

/* All but the texts, which are long. */
static void begin(struct tick *tick)
{
    memset(tick, 0, offsetof(struct tick, symbol));
    tick->symbol[0] = '\0';
    tick->session[0] = '\0';
}

int tick_read(const char *text, size_t len, size_t *used, struct tick *tick,
              struct err *err)
{
    struct tick_scan s = {
        .text = text, .at = text, .end = text + len, .prefix = "", .err = err};
    struct tick_room room;
    uint32_t seen;

    begin(tick);
    tick_scan_blanks(&s);
    if (!tick_scan_take(&s, '{'))
        return tick_scan_fail(&s, "a line must be an object");
    if (read_members(&s, line_names, FIELDS, &seen, on_member, &room, tick) < 0)
        return -1;
    check_fields(&s, seen, tick);
    *used = (size_t)(s.at - text);
    return s.is_refused ? -1 : 0;
}

int tick_read_line(const char *text, size_t len, struct tick *tick,
                   struct err *err)
{
    size_t used = 0;

    if (tick_read(text, len, &used, tick, err) < 0)
        return -1;
    while (used < len && (text[used] == ' ' || text[used] == '\t' ||
                          text[used] == '\r' || text[used] == '\n'))
        used++;
    return used == len ? 0
                       : err_set(err, ERR_MALFORMED,
                                 "not valid JSON: unexpected text after the "
                                 "object at byte %zu",
                                 used);
}
