#include "web/query/datatables.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "web/query/builder.h"
#include "web/query/condition.h"
#include "web/query/draw_columns.h"
#include "web/query/draw_json.h"
#include "web/query/list_query.h"
#include "web/query/period.h"
#include "web/query/words.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* A wrong one is refused here, and not by whoever has rows to try it on: an
 * answer without rows would not say so. */
static int add_pattern(struct order_filter *filter, unsigned long columns,
                       struct draw_text text, const char *field,
                       struct err *err)
{
    char why[96];

    if (pattern_check(text.text, text.len, why, sizeof(why)) < 0)
        return why[0] ? err_field(err, field, "%s", why)
                      : err_set(err, ERR_NOMEM, "no memory for a pattern");
    return order_filter_add(filter, QUERY_MATCHES, columns, text.text, text.len,
                            field, err);
}

static int add_search(struct order_filter *filter, unsigned long columns,
                      struct draw_text text, bool is_regex, const char *field,
                      struct err *err)
{
    return is_regex
               ? add_pattern(filter, columns, text, field, err)
               : words_add(filter, columns, text.text, text.len, field, err);
}

static void add_values(const struct draw *draw, struct order_filter *filter,
                       struct err *err)
{
    if (draw->value.len)
        add_search(filter, draw_searchable(draw), draw->value, draw->is_regex,
                   "search[value]", err);
    for (size_t i = 0; i < draw->column_count; i++) {
        const struct draw_column *column = &draw->columns[i];
        char field[48];
        unsigned long bit;

        if (!column->value.len)
            continue;
        snprintf(field, sizeof(field), "columns[%zu][search][value]", i);
        bit = draw_own_column(draw, i, field, err);
        if (bit)
            add_search(filter, bit, column->value, column->is_regex, field,
                       err);
    }
}

/* A regular expression among the fixed searches comes as its own text,
 * /pattern/flags, and nothing else says that it is one. */
static bool cut_pattern(struct draw_text *term)
{
    const char *text = term->text;
    size_t end = term->len;

    while (end > 0 && strchr("dgimsuvy", text[end - 1]))
        end--;
    if (end < 3 || text[0] != '/' || text[end - 1] != '/')
        return false;
    *term = (struct draw_text){text + 1, end - 2};
    return true;
}

static unsigned long group_columns(const struct draw *draw,
                                   const struct draw_search *search,
                                   struct err *err)
{
    unsigned long columns = 0;

    if (search->column_count == 0)
        return draw_searchable(draw);
    for (size_t i = 0; i < DRAW_COLUMNS; i++) {
        if (search->columns[i])
            columns |= draw_own_column(draw, i, search->field, err);
    }
    return columns;
}

static unsigned long search_columns(const struct draw *draw,
                                    const struct draw_search *search,
                                    struct err *err)
{
    switch (search->kind) {
    case DRAW_FIXED: return draw_searchable(draw);
    case DRAW_COLUMN_FIXED:
        return draw_own_column(draw, search->column, search->field, err);
    case DRAW_GROUP:
    case DRAW_GROUP_FIXED: break;
    }
    return group_columns(draw, search, err);
}

static void add_searches(const struct draw *draw, struct order_filter *filter,
                         struct err *err)
{
    for (size_t i = 0; i < draw->search_count; i++) {
        const struct draw_search *search = &draw->searches[i];
        struct draw_text term = search->term;
        size_t faults = err->field_count;
        unsigned long columns;
        bool is_regex;

        if (term.len == 0)
            continue;
        if (draw_text_is(term, "function")) {
            err_field(err, search->field,
                      "a function can't be run by the server");
            continue;
        }
        columns = search_columns(draw, search, err);
        is_regex = cut_pattern(&term);
        if (err->field_count == faults)
            add_search(filter, columns, term, is_regex, search->field, err);
    }
}

/* The name counts before the number. NO_COLUMN where the client says itself
 * that this column has no order (a cell of buttons, first in line for the
 * order that DataTables begins with). */
/* A cell of buttons has neither data nor name, or a function of the page's
 * makes it, and says in vain that it may be ordered by where DataTables was not
 * told otherwise. */
static bool is_nothing(const struct draw_column *column)
{
    return (column->data.len == 0 || draw_text_is(column->data, "function")) &&
           column->data_default.len == 0 && column->name.len == 0;
}

static size_t order_column(const struct draw *draw, size_t i, struct err *err)
{
    const struct draw_order *order = &draw->orders[i];
    size_t column = draw_column_named(order->name);
    size_t index = order->column < 0 ? NO_COLUMN : (size_t)order->column;
    char field[32];

    snprintf(field, sizeof(field), "order[%zu][column]", i);
    if (column == NO_COLUMN && index < draw->column_count) {
        column = draw_column_at(draw, index);
        if (column == NO_COLUMN && (!draw->columns[index].is_orderable ||
                                    is_nothing(&draw->columns[index])))
            return NO_COLUMN;
    }
    if (column == NO_COLUMN && index == NO_COLUMN)
        err_field(err, field, "there is no such column");
    else if (column == NO_COLUMN ||
             !(order_columns[column].flags & COLUMN_SORT))
        err_field(err, field, "column %zu: %.80s is not sortable", index,
                  draw_column_word(draw, index));
    return column;
}

static void add_orders(const struct draw *draw, struct order_query *query,
                       struct err *err)
{
    for (size_t i = 0; i < DRAW_ORDERS; i++) {
        const struct draw_order *order = &draw->orders[i];
        struct query_order *to = &query->orders[query->order_count];
        size_t faults = err->field_count;
        char field[32];

        snprintf(field, sizeof(field), "order[%zu][dir]", i);
        if (!order->is_given)
            continue;
        to->column = order_column(draw, i, err);
        to->descending = draw_text_is(order->dir, "desc");
        if (order->dir.len && !to->descending &&
            !draw_text_is(order->dir, "asc"))
            err_field(err, field, "must be asc or desc");
        if (err->field_count == faults && to->column != NO_COLUMN)
            query->order_count++;
    }
}

/* Of a time only the parts that the mask has count; those of a day and finer
 * are what the value says itself. */
static bool is_day_mask(struct draw_text mask)
{
    return mask.len == 0 || (memmem(mask.text, mask.len, "YYYY", 4) &&
                             memmem(mask.text, mask.len, "MM", 2) &&
                             memmem(mask.text, mask.len, "DD", 2));
}

/* With such a mask a time stands for its day, by its own clock. */
static void cut_to_day(const struct draw_control *control,
                       const struct zone *zone, struct draw_text *value)
{
    static const char day[] = "2026-01-31";
    struct period period;

    if (control->mask.len && !strpbrk(control->mask.text, "HhkAamsS") &&
        value->len > strlen(day) &&
        period_read(zone, value->text, value->len, &period))
        value->len = strlen(day);
}

static void add_control(const struct draw *draw, size_t index,
                        const struct zone *zone, struct order_filter *filter,
                        struct err *err)
{
    const struct draw_control *control = &draw->columns[index].control;
    struct draw_text values[2] = {control->value};
    struct draw_text logic = control->logic;
    const struct condition *condition;
    size_t column = draw_column_at(draw, index);

    if (logic.len == 0)
        logic = (struct draw_text){"contains", 8};
    condition = condition_of_control(logic);
    if (!condition)
        err_field(err, control->field, "%.40s is not a condition", logic.text);
    else if (condition_values(condition) > 0 && control->value.len == 0)
        return;
    else if (column == NO_COLUMN)
        err_field(err, control->field, "column %zu: %.80s is not searchable",
                  index, draw_column_word(draw, index));
    else if (!is_day_mask(control->mask))
        err_field(err, control->field,
                  "only masks with YYYY, MM and DD are understood");
    else {
        if (order_columns[column].type == COLUMN_TIME)
            cut_to_day(control, zone, &values[0]);
        condition_add(filter, condition, column, values, zone, control->field,
                      err);
    }
}

static size_t pick_column(const struct draw *draw, const struct draw_pick *pick)
{
    return pick->pane.text ? draw_column_of(draw, pick->pane)
                           : draw_column_at(draw, pick->column);
}

/* Whether it is picked from the same list as one before it. */
static bool is_with_another(const struct draw *draw, size_t i)
{
    for (size_t before = 0; before < i; before++) {
        if (!draw->picks[before].pane.text == !draw->picks[i].pane.text &&
            pick_column(draw, &draw->picks[before]) ==
                pick_column(draw, &draw->picks[i]))
            return true;
    }
    return false;
}

/* Any of the values that were picked from one list will do. */
static void add_list(const struct draw *draw, size_t first,
                     struct order_filter *filter, struct err *err)
{
    const struct draw_pick *pick = &draw->picks[first];
    size_t column = pick_column(draw, pick);

    if (order_filter_open(filter, FILTER_OR, pick->field, err) < 0)
        return;
    for (size_t i = first; i < draw->pick_count; i++) {
        const struct draw_pick *other = &draw->picks[i];

        if (!other->pane.text == !pick->pane.text &&
            pick_column(draw, other) == column &&
            order_filter_add(filter, QUERY_EQUAL, 1UL << column,
                             other->value.text, other->value.len, other->field,
                             err) < 0)
            return;
    }
    order_filter_close(filter);
}

/* without: the column whose pane is left out; NO_COLUMN: none. */
static void add_picks(const struct draw *draw, size_t without,
                      struct order_filter *filter, struct err *err)
{
    for (size_t i = 0; i < draw->pick_count; i++) {
        const struct draw_pick *pick = &draw->picks[i];
        size_t column = pick_column(draw, pick);

        if (column == NO_COLUMN)
            err_field(err, pick->field, "there is no such column");
        else if (!is_with_another(draw, i) &&
                 (column != without || !pick->pane.text))
            add_list(draw, i, filter, err);
    }
}

/* What is asked of a draw, and beside it. */
struct asked {
    const struct draw *draw;
    const struct params *params; /* of the draw */
    const struct params *others; /* NULL: none */
    const struct zone *zone;
};

static void add_conditions(const struct asked *asked, size_t without,
                           struct order_filter *filter, struct err *err)
{
    const struct draw *draw = asked->draw;

    add_values(draw, filter, err);
    add_searches(draw, filter, err);
    for (size_t i = 0; i < draw->column_count; i++) {
        if (draw->columns[i].control.field)
            add_control(draw, i, asked->zone, filter, err);
    }
    add_picks(draw, without, filter, err);
    builder_add(draw, asked->params, asked->zone, filter, err);
}

/* What can be no filter: DataTables' own, the object in place of a query
 * string, and what a page of Django's sends with a form. */
static bool is_no_filter(const struct param *param)
{
    return draw_has(param) || param->name[0] == '{' ||
           !strcmp(param->name, "csrfmiddlewaretoken");
}

static void add_filters(const struct asked *asked, struct order_filter *filter,
                        struct err *err)
{
    list_filters_read(asked->params, is_no_filter, asked->zone, filter, err);
    if (asked->others)
        list_filters_read(asked->others, is_no_filter, asked->zone, filter,
                          err);
}

static void add_list_of(const struct draw *draw, size_t index, bool is_named,
                        struct datatables *table)
{
    struct datatables_list *list = &table->lists[table->list_count];
    struct draw_text key = draw->columns[index].data;
    size_t column = draw_column_at(draw, index);

    for (size_t i = 0; i < table->list_count; i++) {
        if (table->lists[i].column == column)
            return;
    }
    if (key.len == 0 || key.len >= sizeof(list->key))
        snprintf(list->key, sizeof(list->key), "%s",
                 order_columns[column].name);
    else
        memcpy(list->key, key.text, key.len + 1);
    list->column = column;
    list->is_named = is_named;
    table->list_count++;
}

/* Those that people choose from, where nothing is said: ids and times are all
 * different, and of numbers only SearchPanes may have panes. */
static bool is_listed(const struct draw *draw, size_t column)
{
    switch (order_columns[column].type) {
    case COLUMN_CHOICE:
    case COLUMN_TEXT: return true;
    case COLUMN_DECIMAL: return draw->has_panes;
    case COLUMN_INT:
    case COLUMN_TIME: break;
    }
    return false;
}

static bool is_in(struct draw_text list, const char *name)
{
    const char *at = list.text;
    const char *end = at + list.len;

    while (at && at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t len = (size_t)((comma ? comma : end) - at);

        if (len == strlen(name) && !memcmp(at, name, len))
            return true;
        at = comma ? comma + 1 : end;
    }
    return false;
}

static int check_lists(struct draw_text lists, struct err *err)
{
    for (size_t at = 0; lists.text && at < lists.len;) {
        size_t len = strcspn(lists.text + at, ",");

        if (draw_column_named((struct draw_text){lists.text + at, len}) ==
            NO_COLUMN)
            return err_field(err, "lists", "%.*s is not a column",
                             (int)(len < 80 ? len : 80), lists.text + at);
        at += len + 1;
    }
    return 0;
}

/* A draw by hand may name no columns. */
static void choose_lists(const struct draw *draw, struct draw_text lists,
                         struct datatables *table)
{
    for (size_t i = 0; i < draw->column_count; i++) {
        size_t column = draw_column_at(draw, i);

        if (column != NO_COLUMN &&
            (lists.text ? is_in(lists, order_columns[column].name)
                        : is_listed(draw, column)))
            add_list_of(draw, i, lists.text != NULL, table);
    }
}

static void add_lists(const struct asked *asked, struct datatables *table,
                      struct err *err)
{
    const struct draw *draw = asked->draw;
    struct draw_text lists = draw->lists;
    const char *other =
        asked->others ? params_get(asked->others, "lists") : NULL;

    if (!lists.text && other)
        lists = (struct draw_text){other, strlen(other)};
    table->has_panes = draw->has_panes || lists.text;
    table->has_builder = lists.text;
    if (check_lists(lists, err) < 0 ||
        (!lists.text && !draw->has_panes && !draw->has_control))
        return;
    choose_lists(draw, lists, table);
    add_filters(asked, &table->all, err);
    table->last = draw->panes_last.len && draw->is_cascade
                      ? draw_column_of(draw, draw->panes_last)
                      : NO_COLUMN;
    if (table->last == NO_COLUMN)
        return;
    add_conditions(asked, table->last, &table->but_last, err);
    add_filters(asked, &table->but_last, err);
}

static int resolve(const struct asked *asked, struct datatables *table,
                   struct err *err)
{
    const struct draw *draw = asked->draw;
    struct order_query *query = &table->query;

    query->offset = draw->start;
    query->limit = draw->length < 0 ? DRAW_ROWS_MAX : draw->length;
    query->totals = true;
    add_conditions(asked, NO_COLUMN, &query->filter, err);
    add_filters(asked, &query->filter, err);
    add_orders(draw, query, err);
    if (err->code == ERR_NONE)
        add_lists(asked, table, err);
    return err->code == ERR_NONE ? 0 : -1;
}

/* The address of a form counts beside it. */
static int find_zone(struct asked *asked, struct err *err)
{
    const struct params *params = asked->params;

    if (asked->others && !params_get(params, "tz"))
        params = asked->others;
    return period_zone(params, &asked->zone, err);
}

/* Nothing that is sent as {} is a parameter, but it says who is there. */
static void note_extensions(const cJSON *body, struct draw *draw)
{
    const cJSON *column;

    if (cJSON_GetObjectItemCaseSensitive(body, "searchPanes"))
        draw->has_panes = true;
    cJSON_ArrayForEach(column,
                       cJSON_GetObjectItemCaseSensitive(body, "columns"))
    {
        if (cJSON_GetObjectItemCaseSensitive(column, "columnControl"))
            draw->has_control = true;
    }
}

static bool is_hollow(const cJSON *value)
{
    const cJSON *child;

    if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
        return false;
    cJSON_ArrayForEach(child, value)
    {
        if (!is_hollow(child))
            return false;
    }
    return true;
}

/* "status__in":[] is no parameter either, and would mean all rows. */
static void refuse_hollow(const cJSON *body, struct err *err)
{
    const cJSON *field;

    cJSON_ArrayForEach(field, body)
    {
        struct param named = {.name = field->string};

        if (is_hollow(field) && !is_no_filter(&named))
            err_field(err, field->string, "has no value");
    }
}

/* What the draw asks for stands with it, and would be ignored elsewhere. */
static void refuse_astray(const struct params *others, struct err *err)
{
    static const char *const here[] = {"search", "lists"};

    for (size_t i = 0; others && i < params_count(others); i++) {
        const struct param *param = params_at(others, i);

        if (draw_has(param) && strcmp(param->name, here[0]) != 0 &&
            strcmp(param->name, here[1]) != 0)
            err_field(err, param->name, "belongs with the rest of the draw");
    }
}

static int read_draw(struct draw *draw, struct asked *asked, const cJSON *body,
                     struct datatables *table, struct err *err)
{
    int rc = draw_read(draw, asked->params, err);

    asked->draw = draw;
    note_extensions(body, draw);
    refuse_hollow(body, err);
    refuse_astray(asked->others, err);
    table->draw = draw->draw;
    table->is_all = draw->length < 0;
    if (find_zone(asked, err) < 0 || rc < 0 || err->code)
        return -1;
    return resolve(asked, table, err);
}

void datatables_release(struct datatables *table)
{
    order_query_release(&table->query);
    order_filter_release(&table->all);
    order_filter_release(&table->but_last);
}

int datatables_read(const struct params *params, const cJSON *body,
                    const struct params *address, struct datatables *table,
                    struct err *err)
{
    const struct param *packed = body ? NULL : draw_json_find(params);
    struct asked asked = {.params = params, .others = address};
    struct draw *draw = mem_alloc(sizeof(*draw));
    struct params flat;
    cJSON *json = NULL;
    int rc = -1;

    memset(table, 0, sizeof(*table));
    params_init(&flat);
    if (!draw) {
        err_set(err, ERR_NOMEM, "no memory for a draw");
        goto out;
    }
    if (packed && draw_json_parse(packed, &json, &table->draw, err) < 0)
        goto out;
    if (json) {
        body = json;
        asked.others = params;
    }
    table->draw = draw_json_number(body);
    if (body && params_add_json(&flat, body, err) < 0)
        goto out;
    if (body)
        asked.params = &flat;
    rc = read_draw(draw, &asked, body, table, err);
out:
    cJSON_Delete(json);
    params_release(&flat);
    mem_free(draw);
    return rc;
}
