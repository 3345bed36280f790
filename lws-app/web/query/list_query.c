#include "web/query/list_query.h"
#include "base/secret.h"
#include "web/http/request.h"
#include "web/query/period.h"
#include "web/query/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define CURSOR_BYTES 8
/* A page number beyond it, times the page size, would leave int64_t. */
#define PAGE_MAX INT64_C(1000000000000)

struct list {
    struct order_query *query; /* NULL: filters alone */
    struct order_filter *filter;
    const struct zone *zone;
    int64_t page; /* 0: not asked for */
    bool has_cursor;
};
typedef int read_fn(struct list *list, const struct param *param,
                    struct err *err);

void list_cursor(int64_t last_id, char text[LIST_CURSOR_MAX])
{
    unsigned char bytes[CURSOR_BYTES];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)((uint64_t)last_id >> (56 - 8 * i));
    secret_encode(bytes, sizeof(bytes), text);
}

static int read_cursor(struct list *list, const struct param *param,
                       struct err *err)
{
    unsigned char bytes[CURSOR_BYTES];
    uint64_t id = 0;

    list->has_cursor = true;
    if (param->value_len == 0)
        return 0;
    if (secret_decode(param->value, param->value_len, bytes, sizeof(bytes)) !=
        CURSOR_BYTES)
        return err_field(err, param->name, "invalid cursor");
    for (size_t i = 0; i < sizeof(bytes); i++)
        id = id << 8 | bytes[i];
    if (id == 0 || id > INT64_MAX)
        return err_field(err, param->name, "invalid cursor");
    list->query->before_id = (int64_t)id;
    return 0;
}

static int read_number(const struct param *param, int64_t most, int64_t *number,
                       struct err *err)
{
    int64_t value = 0;

    for (size_t i = 0; i < param->value_len; i++) {
        char c = param->value[i];

        if (c < '0' || c > '9')
            return err_field(err, param->name, "must be a whole number");
        if (value <= most)
            value = value * 10 + (c - '0');
    }
    if (value < 1 || value > most)
        return err_field(err, param->name, "must be 1 to %lld",
                         (long long)most);
    *number = value;
    return 0;
}

static int read_page(struct list *list, const struct param *param,
                     struct err *err)
{
    return read_number(param, PAGE_MAX, &list->page, err);
}

static int read_page_size(struct list *list, const struct param *param,
                          struct err *err)
{
    return read_number(param, LIST_PAGE_SIZE_MAX, &list->query->limit, err);
}

static int read_search(struct list *list, const struct param *param,
                       struct err *err)
{
    unsigned long columns = 0;

    for (size_t i = 0; i < order_columns_count; i++)
        columns |= order_columns[i].flags & COLUMN_SEARCH ? 1UL << i : 0;
    return words_add(list->filter, columns, param->value, param->value_len,
                     param->name, err);
}

static int add_order(struct order_query *query, const struct param *param,
                     const char *word, size_t len, struct err *err)
{
    bool is_down = len > 0 && word[0] == '-';
    size_t skip = is_down ? 1 : 0;
    const struct order_column *column =
        order_column_find(word + skip, len - skip);

    if (!column || !(column->flags & COLUMN_SORT))
        return err_field(err, param->name, "cannot sort by %.*s",
                         (int)(len < 64 ? len : 64), word);
    if (query->order_count == QUERY_ORDERS)
        return err_field(err, param->name, "at most %d columns", QUERY_ORDERS);
    query->orders[query->order_count++] = (struct query_order){
        .column = (size_t)(column - order_columns),
        .descending = is_down,
    };
    return 0;
}

static int read_ordering(struct list *list, const struct param *param,
                         struct err *err)
{
    const char *at = param->value;
    int rc = 0;

    while (rc == 0 && *at) {
        size_t len = strcspn(at, ",");

        rc = add_order(list->query, param, at, len, err);
        at += len;
        at += *at == ',';
    }
    return rc;
}

static int read_safe(struct list *list, const struct param *param,
                     struct err *err)
{
    (void)list;
    return !strcmp(param->value, "0") || !strcmp(param->value, "1")
               ? 0
               : err_field(err, param->name, "must be 0 or 1");
}

static int leave(struct list *list, const struct param *param, struct err *err)
{
    (void)list;
    (void)param;
    (void)err;
    return 0;
}

/* About: what the API's description says of it. */
#define ABOUT(kind, text) .about = {.type = kind, .help = text}
#define ABOUT_NUMBER(up_to, unless, text)                                      \
    .about = {.type = SHAPE_INT,                                               \
              .least = 1,                                                      \
              .most = up_to,                                                   \
              .otherwise = unless,                                             \
              .help = text}
#define TEXT_OF(number) #number
#define DIGITS(number) TEXT_OF(number)
static const char *const safe_words[] = {"0", "1", NULL};
static const char *const scopes[] = {"own", "all", NULL};
static const struct {
    const char *name;
    read_fn *read;
    struct shape_field about; /* no help: not told of */
} names[] = {
    {"page", read_page, ABOUT_NUMBER(PAGE_MAX, "1", "The page, from 1")},
    {"page_size", read_page_size,
     ABOUT_NUMBER(LIST_PAGE_SIZE_MAX, DIGITS(LIST_PAGE_SIZE),
                  "Orders per page")},
    {"cursor", read_cursor,
     ABOUT(SHAPE_TEXT, "In place of page: empty for the first page, then as "
                       "given in next; always newest first")},
    {"search", read_search,
     ABOUT(SHAPE_TEXT,
           "Words, each of which some column must contain, regardless of case; "
           "\"...\" is one word, !word must be in none")},
    {"format", leave, .about = {.help = NULL}},
    {ARG_ASKED_BY, leave, .about = {.help = NULL}},
    {"safe", read_safe,
     .about = {.type = SHAPE_CHOICE,
               .choices = safe_words,
               .otherwise = "0",
               .help = "1, with format=csv: text that a spreadsheet would take "
                       "for a formula gets a ' before it"}},
    {"ordering", read_ordering,
     ABOUT(SHAPE_TEXT, "Columns, separated by commas; a minus before one for "
                       "descending order")},
    {"tz", leave, /* read before all else */
     .about = {.type = SHAPE_TEXT,
               .otherwise = "UTC",
               .help = "The time zone that days are in (Europe/Paris)"}},
    {"owner", leave,
     ABOUT(SHAPE_TEXT, "Orders of this user; only staff may name another")},
    {"scope", leave,
     .about = {.type = SHAPE_CHOICE,
               .choices = scopes,
               .otherwise = "own",
               .help = "Whose orders; all is only for staff"}},
    {"_", leave, .about = {.help = NULL}},
};
#define VALUES_MAX 20 /* of one list */
#define NAMES (sizeof(names) / sizeof(names[0]))

/* What follows a column's name, and which columns may have it. */
static const struct suffix {
    const char *text;
    enum query_op op;
    unsigned types; /* bit: an enum column_type */
    bool is_list;   /* of values, with commas between */
    const char *help;
} suffixes[] = {
    {"", QUERY_EQUAL, ~0U, false, "Exactly this"},
    {"__in", QUERY_EQUAL,
     1U << COLUMN_INT | 1U << COLUMN_DECIMAL | 1U << COLUMN_TEXT |
         1U << COLUMN_CHOICE,
     true, "Any of these, with commas between or as an array; 20 at most"},
    {"__gte", QUERY_AT_LEAST,
     1U << COLUMN_INT | 1U << COLUMN_DECIMAL | 1U << COLUMN_TIME, false,
     "At least"},
    {"__lte", QUERY_AT_MOST,
     1U << COLUMN_INT | 1U << COLUMN_DECIMAL | 1U << COLUMN_TIME, false,
     "At most"},
    {"__contains", QUERY_CONTAINS, 1U << COLUMN_TEXT, false,
     "Contained in it, regardless of case"},
};
#define SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

static bool is_filter(const struct order_column *column,
                      const struct suffix *suffix)
{
    return column->flags & COLUMN_FILTER && suffix->types & 1U << column->type;
}

/* "[]" or "[3]": one value of an array. */
static bool is_element(const char *text)
{
    return text[0] == '[' &&
           !strcmp(text + 1 + strspn(text + 1, "0123456789"), "]");
}

static bool is_of_array(const struct param *param, const char *name, size_t len)
{
    return !strncmp(param->name, name, len) && is_element(param->name + len);
}

/* status__in[]=new&status__in[]=filled: all of them with the first one. */
static int add_array(struct list *list, const struct suffix *suffix,
                     size_t column, const struct params *params, size_t first,
                     struct err *err)
{
    const char *name = params_at(params, first)->name;
    size_t len = strcspn(name, "[");
    size_t count = 0;

    for (size_t i = 0; i < first; i++) {
        if (is_of_array(params_at(params, i), name, len))
            return 0;
    }
    if (order_filter_open(list->filter, FILTER_OR, name, err) < 0)
        return -1;
    for (size_t i = first; i < params_count(params); i++) {
        const struct param *param = params_at(params, i);

        if (!is_of_array(param, name, len))
            continue;
        if (++count > VALUES_MAX)
            return err_field(err, param->name, "has more than %d values",
                             VALUES_MAX);
        if (order_filter_add(list->filter, suffix->op, 1UL << column,
                             param->value, param->value_len, param->name,
                             err) < 0)
            return -1;
    }
    order_filter_close(list->filter);
    return 0;
}

static int add_any(struct list *list, const struct suffix *suffix,
                   size_t column, const struct param *param, struct err *err)
{
    const char *at = param->value;
    const char *end = at + param->value_len;
    size_t count = 0;
    const char *comma;

    if (order_filter_open(list->filter, FILTER_OR, param->name, err) < 0)
        return -1;
    do {
        comma = memchr(at, ',', (size_t)(end - at));
        if (++count > VALUES_MAX)
            return err_field(err, param->name, "has more than %d values",
                             VALUES_MAX);
        if (order_filter_add(list->filter, suffix->op, 1UL << column, at,
                             (size_t)((comma ? comma : end) - at), param->name,
                             err) < 0)
            return -1;
        at = comma ? comma + 1 : end;
    } while (comma);
    order_filter_close(list->filter);
    return 0;
}

static int add_filter(struct list *list, const struct suffix *suffix,
                      size_t column, const struct param *param, struct err *err)
{
    struct period period;

    if (suffix->is_list)
        return add_any(list, suffix, column, param, err);
    if (order_columns[column].type != COLUMN_TIME)
        return order_filter_add(list->filter, suffix->op, 1UL << column,
                                param->value, param->value_len, param->name,
                                err);
    if (!period_read(list->zone, param->value, param->value_len, &period))
        return err_field(err, param->name,
                         "must be a day, like 2026-01-31, or a time, like "
                         "2026-01-31T23:59:59Z");
    return period_add(list->filter, suffix->op, 1UL << column, &period,
                      param->name, err);
}

static int read_filter(struct list *list, const struct params *params, size_t i,
                       struct err *err)
{
    const struct param *param = params_at(params, i);
    const char *mark = strstr(param->name, "__");
    size_t len = mark ? (size_t)(mark - param->name) : param->name_len;
    const struct order_column *column = order_column_find(param->name, len);

    for (size_t at = 0; column && at < SUFFIXES; at++) {
        const struct suffix *suffix = &suffixes[at];
        size_t index = (size_t)(column - order_columns);

        if (!is_filter(column, suffix))
            continue;
        if (!strcmp(param->name + len, suffix->text))
            return add_filter(list, suffix, index, param, err);
        if (suffix->is_list &&
            is_of_array(param, param->name, len + strlen(suffix->text)) &&
            !strncmp(param->name + len, suffix->text, strlen(suffix->text)))
            return add_array(list, suffix, index, params, i, err);
    }
    return err_field(err, param->name, "unknown parameter");
}

static int read_one(struct list *list, const struct params *params, size_t i,
                    struct err *err)
{
    const struct param *param = params_at(params, i);

    for (size_t at = 0; at < NAMES; at++) {
        if (!strcmp(names[at].name, param->name))
            return names[at].read(list, param, err);
    }
    return read_filter(list, params, i, err);
}

static int check(const struct list *list, struct err *err)
{
    if (list->has_cursor && list->page)
        err_field(err, "page", "can't be combined with cursor");
    if (list->has_cursor && list->query->order_count)
        err_field(err, "ordering", "can't be combined with cursor");
    return err->code == ERR_NONE ? 0 : -1;
}

int list_query_read(const struct params *params, struct order_query *query,
                    struct err *err)
{
    struct list list = {.query = query, .filter = &query->filter};

    memset(query, 0, sizeof(*query));
    period_zone(params, &list.zone, err);
    query->limit = LIST_PAGE_SIZE;
    query->totals = true;
    for (size_t i = 0; i < params_count(params); i++)
        read_one(&list, params, i, err);
    if (list.page)
        query->offset = (list.page - 1) * query->limit;
    return check(&list, err);
}

/* Of those by name, what counts where something else pages and sorts. */
static bool is_kept(size_t name)
{
    return names[name].read == leave || names[name].read == read_search;
}

int list_filters_read(const struct params *params,
                      bool (*is_others)(const struct param *param),
                      const struct zone *zone, struct order_filter *filter,
                      struct err *err)
{
    struct list list = {.filter = filter, .zone = zone};

    for (size_t i = 0; i < params_count(params); i++) {
        const struct param *param = params_at(params, i);
        size_t at = 0;

        while (at < NAMES &&
               (!is_kept(at) || strcmp(names[at].name, param->name) != 0))
            at++;
        if (at < NAMES)
            names[at].read(&list, param, err);
        else if (!is_others(param))
            read_filter(&list, params, i, err);
    }
    return err->code == ERR_NONE ? 0 : -1;
}

static enum shape_type type_of(const struct order_column *column,
                               const struct suffix *suffix)
{
    if (suffix->op == QUERY_CONTAINS || suffix->is_list)
        return SHAPE_TEXT;
    switch (column->type) {
    case COLUMN_INT: return SHAPE_INT;
    case COLUMN_TEXT: return SHAPE_TEXT;
    case COLUMN_DECIMAL: return SHAPE_AMOUNT;
    case COLUMN_TIME: return SHAPE_PERIOD;
    case COLUMN_CHOICE: break;
    }
    return SHAPE_CHOICE;
}

/* What is told of the columns' filters: all but those named above. */
static bool filter_field(size_t i, struct shape_field *field,
                         char name[SHAPE_NAME_MAX])
{
    for (size_t at = 0; at < order_columns_count * SUFFIXES; at++) {
        const struct order_column *column = &order_columns[at / SUFFIXES];
        const struct suffix *suffix = &suffixes[at % SUFFIXES];

        if (!is_filter(column, suffix) ||
            (!*suffix->text && !strcmp(column->name, "owner")) || i-- > 0)
            continue;
        snprintf(name, SHAPE_NAME_MAX, "%s%s", column->name, suffix->text);
        *field = (struct shape_field){
            .name = name,
            .type = type_of(column, suffix),
            .flags = SHAPE_OPTIONAL,
            .choices = suffix->is_list ? NULL : column->choices,
            .help = suffix->help};
        return true;
    }
    return false;
}

bool list_scope_field(size_t i, struct shape_field *field,
                      char name[SHAPE_NAME_MAX])
{
    (void)name;
    for (size_t at = 0; at < NAMES; at++) {
        if (!is_kept(at) || !names[at].about.help || i-- > 0)
            continue;
        *field = names[at].about;
        field->name = names[at].name;
        field->flags = SHAPE_OPTIONAL;
        return true;
    }
    return false;
}

bool list_query_field(size_t i, struct shape_field *field,
                      char name[SHAPE_NAME_MAX])
{
    for (size_t at = 0; at < NAMES; at++) {
        if (!names[at].about.help || i-- > 0)
            continue;
        *field = names[at].about;
        field->name = names[at].name;
        field->flags = SHAPE_OPTIONAL;
        return true;
    }
    return filter_field(i, field, name);
}
