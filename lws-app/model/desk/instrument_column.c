#include "model/desk/instrument_column.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/text.h"
#include "model/accounts/audit.h"

#include <string.h>

#include "base/banned.h"

#define AT(field) .offset = offsetof(struct instrument, field)
#define TEXT(field)                                                            \
    .type = INSTRUMENT_TEXT, AT(field),                                        \
    .size = sizeof(((struct instrument *)NULL)->field)
#define ASK (INSTRUMENT_SORT | INSTRUMENT_FILTER)

const struct instrument_column instrument_columns[] = {
    {"id", .type = INSTRUMENT_INT, AT(id), .flags = INSTRUMENT_SORT,
     .help = "Id of the instrument"},
    {"symbol", TEXT(symbol), .max_length = INSTRUMENT_CHARS,
     .flags = ASK | INSTRUMENT_SEARCH | INSTRUMENT_CREATE,
     .help = "The name used in orders and market data; never changes"},
    {"name", TEXT(name), .max_length = INSTRUMENT_NAME_CHARS,
     .flags = INSTRUMENT_SORT | INSTRUMENT_SEARCH | INSTRUMENT_WRITE,
     .help = "Its name, for people"},
    {"currency", TEXT(currency), .max_length = CURRENCY_MAX - 1,
     .flags = ASK | INSTRUMENT_SEARCH | INSTRUMENT_WRITE | INSTRUMENT_NULL,
     .help = "The currency of its prices: capital letters and digits, like "
             "EUR; null: unknown"},
    {"tick", .type = INSTRUMENT_AMOUNT, AT(tick),
     .flags = INSTRUMENT_SORT | INSTRUMENT_WRITE | INSTRUMENT_NULL,
     .help = "Prices are multiples of it; null: any price"},
    {"lot", .type = INSTRUMENT_AMOUNT, AT(lot),
     .flags = INSTRUMENT_SORT | INSTRUMENT_WRITE | INSTRUMENT_NULL,
     .help = "Quantities are multiples of it; null: any quantity"},
    {"multiplier", .type = INSTRUMENT_AMOUNT, AT(multiplier),
     .flags = INSTRUMENT_SORT | INSTRUMENT_WRITE,
     .help =
         "An order's value is quantity times price times this; 1 by default"},
    {"active", .type = INSTRUMENT_BOOL, AT(active),
     .flags = ASK | INSTRUMENT_WRITE, .help = "Whether it is traded now"},
    {"strict", .type = INSTRUMENT_BOOL, AT(strict),
     .flags = ASK | INSTRUMENT_WRITE,
     .help = "Whether orders off its tick or lot are refused, and new ones "
             "while it is not active"},
    {"version", .type = INSTRUMENT_INT, AT(version), .flags = INSTRUMENT_SORT,
     .help = "Increases by one with each change"},
    {"created", .type = INSTRUMENT_TIME, AT(created_us),
     .flags = INSTRUMENT_SORT, .help = "When it was created, UTC"},
    {"updated", .type = INSTRUMENT_TIME, AT(updated_us),
     .flags = INSTRUMENT_SORT, .help = "When it last changed, UTC"},
};
const size_t instrument_columns_count =
    sizeof(instrument_columns) / sizeof(instrument_columns[0]);

const struct instrument_column *instrument_column_find(const char *name,
                                                       size_t len)
{
    for (size_t i = 0; i < instrument_columns_count; i++) {
        const char *known = instrument_columns[i].name;

        if (strlen(known) == len && !memcmp(known, name, len))
            return &instrument_columns[i];
    }
    return NULL;
}

static const void *value_of(const struct instrument_column *column,
                            const struct instrument *instrument)
{
    return (const char *)instrument + column->offset;
}

static int64_t number_of(const struct instrument_column *column,
                         const struct instrument *instrument)
{
    int64_t number;

    memcpy(&number, value_of(column, instrument), sizeof(number));
    return number;
}

static bool bool_of(const struct instrument_column *column,
                    const struct instrument *instrument)
{
    return *(const bool *)value_of(column, instrument);
}

static bool is_null(const struct instrument_column *column,
                    const struct instrument *instrument)
{
    if (!(column->flags & INSTRUMENT_NULL))
        return false;
    return column->type == INSTRUMENT_TEXT
               ? !*(const char *)value_of(column, instrument)
               : !number_of(column, instrument);
}

static void put_value(struct buf *out, const struct instrument_column *column,
                      const struct instrument *instrument)
{
    if (is_null(column, instrument)) {
        json_put_null(out, column->name);
        return;
    }
    switch (column->type) {
    case INSTRUMENT_TEXT:
        json_put_str(out, column->name, value_of(column, instrument));
        return;
    case INSTRUMENT_BOOL:
        json_put_bool(out, column->name, bool_of(column, instrument));
        return;
    case INSTRUMENT_INT:
        json_put_int(out, column->name, number_of(column, instrument));
        return;
    case INSTRUMENT_TIME:
        json_put_time(out, column->name, number_of(column, instrument));
        return;
    case INSTRUMENT_AMOUNT:
        json_put_decimal(out, column->name, number_of(column, instrument));
        return;
    }
}

void instrument_put_members(struct buf *out,
                            const struct instrument *instrument)
{
    for (size_t i = 0; i < instrument_columns_count; i++)
        put_value(out, &instrument_columns[i], instrument);
}

void instrument_put_json(struct buf *out, const char *key,
                         const struct instrument *instrument)
{
    if (key)
        json_open_key(out, key);
    else
        json_open(out);
    instrument_put_members(out, instrument);
    json_close(out);
}

/* The audit */

/* NULL: there is none. */
static const char *text_of(const struct instrument_column *column,
                           const struct instrument *instrument)
{
    const char *text = instrument ? value_of(column, instrument) : "";

    return *text ? text : NULL;
}

static size_t put_text_change(struct buf *out,
                              const struct instrument_column *column,
                              const struct instrument *before,
                              const struct instrument *after)
{
    const char *was = text_of(column, before);
    const char *is = text_of(column, after);

    if (!strcmp(was ? was : "", is ? is : ""))
        return 0;
    audit_put_text(out, column->name, was, is);
    return 1;
}

static size_t put_change(struct buf *out,
                         const struct instrument_column *column,
                         const struct instrument *before,
                         const struct instrument *after)
{
    if (column->type == INSTRUMENT_TEXT)
        return put_text_change(out, column, before, after);
    if (column->type == INSTRUMENT_BOOL) {
        bool was = before && bool_of(column, before);

        if (was == bool_of(column, after))
            return 0;
        audit_put_bool(out, column->name, was, !was);
        return 1;
    }
    if (column->type == INSTRUMENT_AMOUNT) {
        int64_t was = before ? number_of(column, before) : 0;

        if (was == number_of(column, after))
            return 0;
        audit_put_amount(out, column->name, was, number_of(column, after));
        return 1;
    }
    return 0;
}

size_t instrument_put_changes(struct buf *out, const struct instrument *before,
                              const struct instrument *after)
{
    size_t count = 0;

    for (size_t i = 0; i < instrument_columns_count; i++)
        count += put_change(out, &instrument_columns[i], before, after);
    return count;
}

void instrument_from_row(const struct db_stmt *stmt,
                         struct instrument *instrument)
{
    memset(instrument, 0, sizeof(*instrument));
    instrument->id = db_int(stmt, 0);
    db_copy_text(stmt, 1, instrument->symbol, sizeof(instrument->symbol));
    db_copy_text(stmt, 2, instrument->name, sizeof(instrument->name));
    db_copy_text(stmt, 3, instrument->currency, sizeof(instrument->currency));
    instrument->tick = db_int(stmt, 4);
    instrument->lot = db_int(stmt, 5);
    instrument->multiplier = db_int(stmt, 6);
    instrument->active = db_int(stmt, 7) != 0;
    instrument->strict = db_int(stmt, 8) != 0;
    instrument->version = db_int(stmt, 9);
    instrument->created_us = db_int(stmt, 10);
    instrument->updated_us = db_int(stmt, 11);
}

/* Input */

static const struct instrument_column *
find_settable(bool is_new, const char *name, struct err *err)
{
    const struct instrument_column *column =
        instrument_column_find(name, strlen(name));

    if (!column)
        err_field(err, name, "unknown field");
    else if (!(column->flags & (INSTRUMENT_CREATE | INSTRUMENT_WRITE)))
        err_field(err, name, "read-only");
    else if (!is_new && column->flags & INSTRUMENT_CREATE)
        err_field(err, name, "can't be changed");
    else
        return column;
    return NULL;
}

/* Three letters of ISO 4217, or as others are called: GBX, USDT. */
static bool is_currency(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!(text[i] >= 'A' && text[i] <= 'Z') &&
            !(text[i] >= '0' && text[i] <= '9'))
            return false;
    }
    return len != 1;
}

static int check_text(const struct instrument_column *column, const char *text,
                      size_t len, struct err *err)
{
    if (!utf8_is_valid(text, len))
        return err_field(err, column->name, "must be UTF-8");
    if (utf8_count(text, len) > (size_t)column->max_length ||
        len >= column->size)
        return err_field(err, column->name, "must be at most %d characters",
                         column->max_length);
    if (text_has_control(text, len) || memchr(text, '\0', len))
        return err_field(err, column->name,
                         "must not contain control characters");
    if (text_has_hidden(text, len))
        return err_field(err, column->name,
                         "must not contain invisible characters");
    if (column->flags & INSTRUMENT_CREATE && text_is_blank(text, len))
        return err_field(err, column->name, "must not be %s",
                         len ? "blank" : "empty");
    if (column->flags & INSTRUMENT_NULL && !is_currency(text, len))
        return err_field(err, column->name,
                         "must be two or more of A-Z and 0-9, like EUR");
    return 0;
}

static int set_text(char *out, const struct instrument_column *column,
                    const char *text, size_t len, struct err *err)
{
    if (check_text(column, text, len, err) < 0)
        return -1;
    memcpy(out, text, len);
    out[len] = '\0';
    return 0;
}

/* Nothing is what null is, in forms and cells. */
static int set_amount(char *out, const struct instrument_column *column,
                      const char *text, size_t len, struct err *err)
{
    int64_t amount = 0;
    enum decimal_fault fault =
        len ? decimal_parse(text, len, &amount) : DECIMAL_OK;

    if (fault != DECIMAL_OK)
        return err_field(err, column->name, "%s", decimal_fault_text(fault));
    if (!len && !(column->flags & INSTRUMENT_NULL))
        return err_field(err, column->name, "must not be empty");
    if (len && amount < 1)
        return err_field(err, column->name, "must be greater than 0");
    memcpy(out, &amount, sizeof(amount));
    return 0;
}

static int set_bool(char *out, const struct instrument_column *column,
                    const char *text, size_t len, struct err *err)
{
    bool is_true = len == 4 && !memcmp(text, "true", 4);

    if (!is_true && !(len == 5 && !memcmp(text, "false", 5)))
        return err_field(err, column->name, "must be true or false");
    memcpy(out, &is_true, sizeof(is_true));
    return 0;
}

static int set_value(struct instrument_draft *draft,
                     const struct instrument_column *column, const char *text,
                     size_t len, struct err *err)
{
    char *out = (char *)&draft->instrument + column->offset;

    if (!text && !(column->flags & INSTRUMENT_NULL))
        return err_field(err, column->name, "must not be null");
    if (!text)
        len = 0;
    switch (column->type) {
    case INSTRUMENT_BOOL: return set_bool(out, column, text, len, err);
    case INSTRUMENT_AMOUNT: return set_amount(out, column, text, len, err);
    case INSTRUMENT_TEXT:
    case INSTRUMENT_INT:
    case INSTRUMENT_TIME: break;
    }
    return set_text(out, column, text ? text : "", len, err);
}

static void mark(struct instrument_draft *draft,
                 const struct instrument_column *column)
{
    draft->has |= 1U << (column - instrument_columns);
}

int instrument_draft_set(struct instrument_draft *draft, bool is_new,
                         const char *name, const char *text, size_t len,
                         struct err *err)
{
    const struct instrument_column *column = find_settable(is_new, name, err);

    if (!column || set_value(draft, column, text, len, err) < 0)
        return -1;
    mark(draft, column);
    return 0;
}

int instrument_draft_set_bool(struct instrument_draft *draft, bool is_new,
                              const char *name, bool value, struct err *err)
{
    const struct instrument_column *column = find_settable(is_new, name, err);

    if (!column)
        return -1;
    if (column->type != INSTRUMENT_BOOL)
        return err_field(err, name,
                         column->type == INSTRUMENT_TEXT
                             ? "must be a string"
                             : "must be a string or a number");
    memcpy((char *)&draft->instrument + column->offset, &value, sizeof(value));
    mark(draft, column);
    return 0;
}

static size_t value_size(const struct instrument_column *column)
{
    if (column->type == INSTRUMENT_TEXT)
        return column->size;
    return column->type == INSTRUMENT_BOOL ? sizeof(bool) : sizeof(int64_t);
}

void instrument_draft_apply(const struct instrument_draft *draft,
                            struct instrument *instrument)
{
    for (size_t i = 0; i < instrument_columns_count; i++) {
        const struct instrument_column *column = &instrument_columns[i];

        if (draft->has & 1U << i)
            memcpy((char *)instrument + column->offset,
                   value_of(column, &draft->instrument), value_size(column));
    }
}
