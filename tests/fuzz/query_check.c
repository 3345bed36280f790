#include "query_check.h"
#include "base/text.h"
#include "store/migrate.h"
#include "target.h"
#include "view/order_list.h"
#include "view/order_match.h"
#include "world.h"

#include <string.h>

#include "base/banned.h"

#define ROWS                                                                   \
    "INSERT INTO \"user\" (id, username, username_folded, password, "          \
    "date_joined) VALUES (1, 'ann', 'ann', '!', 0);"                           \
    "INSERT INTO stream VALUES (1, 3, 3);"                                     \
    "INSERT INTO event (id, owner, position, order_id, kind, address, time, "  \
    "body) VALUES (3, 1, 3, 3, 'data.new', '', 0, '');"                        \
    "INSERT INTO orders VALUES "                                               \
    "(1, 1, 'EDF01', 'buy', 100, 1050000000, 'new', 0, NULL, 'a', 1, 1, 1, "   \
    "1, 1),"                                                                   \
    "(2, 1, 'AXA 02', 'sell', 1, -1, 'filled', 1, 9, NULL, 1, 2, 2, 2, 2),"    \
    "(3, 1, '\xC3\x89toile', 'buy', 1, 0, 'new', 0, NULL, NULL, 1, 3, 3, 3, "  \
    "3)"

static struct db *open_small(void)
{
    static struct db *db;
    struct err err = ERR_INIT;
    int applied;

    if (db)
        return db;
    must(db_open(&db, ":memory:", DB_WRITE, &err) == 0);
    must(migrate_run(db, world_schema(), &applied, &err) == 0);
    must(db_exec(db, ROWS, &err) == 0);
    return db;
}

struct answer {
    struct order_list list;
    int64_t ids[3];
};

static int take_row(void *arg, const struct order *order, struct err *err)
{
    struct answer *answer = arg;

    (void)err;
    must(order->id >= 1 && order->id <= 3);
    must(answer->list.returned >= 0 && answer->list.returned < 3);
    answer->ids[answer->list.returned] = order->id;
    return 0;
}

/* From memory the answer is the same. */
static void check_cached(const struct order_query *query,
                         const struct answer *wanted)
{
    static struct order_cache *cache;
    struct answer answer = {.list = {0}};
    struct err err = ERR_INIT;

    if (!cache)
        cache = order_cache_new(1 << 20, 0);
    must(cache != NULL);
    must(order_list_run(open_small(), cache, query, &answer.list, take_row,
                        &answer, &err) == 0);
    must(!memcmp(&answer, wanted, sizeof(answer)));
}

static void check_term(const struct order_filter *filter,
                       const struct filter_node *node)
{
    const char *text = order_filter_text(filter, node);

    must(node->text_len < QUERY_TEXT_MAX);
    must(text[node->text_len] == '\0');
    must(strlen(text) == node->text_len);
    must(utf8_is_valid(text, node->text_len));
    must(!(node->columns >> order_columns_count));
}

/* Each group holds its nodes, and nothing else does. */
static void check_filter(const struct order_filter *filter)
{
    size_t terms = 0;

    must(filter->depth == 0);
    for (size_t i = 0; i < filter->node_count; i++) {
        const struct filter_node *node = &filter->nodes[i];

        must(node->span >= 1 && i + node->span <= filter->node_count);
        if (node->kind == FILTER_TERM)
            check_term(filter, node);
        terms += node->kind == FILTER_TERM;
    }
    must(terms == filter->term_count && terms <= QUERY_TERMS);
    must(filter->node_count - terms <= QUERY_GROUPS);
}

/* One order at a time. */
struct judge {
    struct order_match *match;
    struct order_ready ready;
    int64_t met;
};

static int judge_row(void *arg, const struct order *order, struct err *err)
{
    struct judge *judge = arg;
    bool is_met;

    must(order_ready_set(&judge->ready, order));
    if (order_match_test(judge->match, &judge->ready, &is_met, err) < 0)
        return -1;
    judge->met += is_met;
    return 0;
}

/* A pattern that is none, or takes too much, which the database did not come
 * to. */
static void check_pattern(const struct err *err)
{
    must(err->code == ERR_INVALID);
    must(err->field_count == 1 && !strcmp(err->fields[0].name, "search"));
}

/* As many are meant as are found. */
static void check_match(const struct order_query *query,
                        const struct answer *wanted)
{
    struct order_query all = {.owner = query->owner, .limit = 10};
    struct judge judge = {.met = 0};
    struct order_list list;
    struct err err = ERR_INIT;

    order_ready_init(&judge.ready);
    if (order_match_new(query, &judge.match, &err) < 0)
        check_pattern(&err);
    else if (order_list_run(open_small(), NULL, &all, &list, judge_row, &judge,
                            &err) < 0)
        check_pattern(&err);
    else
        must(!query->totals || judge.met == wanted->list.matching);
    order_match_free(judge.match);
    order_ready_release(&judge.ready);
}

void query_check(const struct order_query *query)
{
    struct order_query asked = *query;
    struct answer answer = {.list = {0}};
    const struct order_list *list = &answer.list;
    struct err err = ERR_INIT;

    must(query->limit >= 0 && query->limit <= 10000 && query->offset >= 0);
    must(query->order_count <= QUERY_ORDERS);
    check_filter(&query->filter);
    for (size_t i = 0; i < query->order_count; i++)
        must(query->orders[i].column < order_columns_count);
    asked.owner = query->offset % 2;
    if (order_list_run(open_small(), NULL, &asked, &answer.list, take_row,
                       &answer, &err) < 0) {
        check_pattern(&err);
    } else {
        must(list->total == 3 && list->matching >= 0 && list->matching <= 3);
        must(list->returned <= list->matching);
        check_cached(&asked, &answer);
        check_match(&asked, &answer);
    }
}

void query_check_params(const struct params *params)
{
    struct params again;
    struct err err = ERR_INIT;
    struct buf text;

    params_init(&again);
    buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < params_count(params); i++) {
        const struct param *param = params_at(params, i);

        must(strlen(param->name) == param->name_len);
        must(strlen(param->value) == param->value_len);
        must(utf8_is_valid(param->name, param->name_len));
        must(utf8_is_valid(param->value, param->value_len));
        buf_put_char(&text, '&');
        params_encode(&text, param->name, param->name_len);
        buf_put_char(&text, '=');
        params_encode(&text, param->value, param->value_len);
    }
    must(params_parse(&again, buf_text(&text), text.len, &err) == 0);
    must(params_count(&again) == params_count(params));
    for (size_t i = 0; i < params_count(params); i++) {
        must(!strcmp(params_at(&again, i)->name, params_at(params, i)->name));
        must(!strcmp(params_at(&again, i)->value, params_at(params, i)->value));
    }
    buf_release(&text);
    params_release(&again);
}
