#include "web/query/builder.h"
#include "base/mem.h"
#include "web/query/condition.h"
#include "web/query/draw_columns.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

#define PREFIX "searchBuilder["
#define NONE SIZE_MAX
#define NUMBER_LEN 48 /* no number of ours is longer */

/* A criterion or a group; the first is the group of all. */
struct node {
    size_t parent;
    size_t index;      /* among those of its parent, as the client counts */
    const char *field; /* a parameter of its */
    struct draw_text logic;
    struct draw_text condition;
    struct draw_text data;
    struct draw_text source; /* data of the column */
    struct draw_text values[2];
    size_t value_count;
    struct draw_text plain[2]; /* value1 and value2, the same again */
    bool is_group;             /* something is in it */
    bool is_met;               /* it is filled in */
};
struct tree {
    const struct draw *draw;
    const struct zone *zone;
    struct order_filter *filter;
    size_t count;
    struct node nodes[BUILDER_NODES];
};

/* The next [part] of a name; false at its end, or where brackets don't match.
 */
static bool next_part(const char **at, struct draw_text *part)
{
    size_t len;

    if (**at != '[')
        return false;
    len = strcspn(*at + 1, "]");
    if ((*at)[len + 1] != ']')
        return false;
    *part = (struct draw_text){*at + 1, len};
    *at += len + 2;
    return true;
}

static bool read_index(struct draw_text text, size_t *index)
{
    *index = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.text[i] < '0' || text.text[i] > '9' || i == 6)
            return false;
        *index = *index * 10 + (size_t)(text.text[i] - '0');
    }
    return text.len > 0;
}

/* NULL: there are too many. */
static struct node *find_child(struct tree *tree, struct node *parent,
                               size_t index)
{
    size_t at = (size_t)(parent - tree->nodes);
    struct node *node;

    for (size_t i = 1; i < tree->count; i++) {
        if (tree->nodes[i].parent == at && tree->nodes[i].index == index)
            return &tree->nodes[i];
    }
    if (tree->count == BUILDER_NODES)
        return NULL;
    parent->is_group = true;
    node = &tree->nodes[tree->count++];
    memset(node, 0, sizeof(*node));
    node->parent = at;
    node->index = index;
    return node;
}

static bool put_value(struct node *node, struct draw_text index,
                      struct draw_text value)
{
    size_t at = node->value_count;

    if (index.len && !read_index(index, &at))
        return false;
    if (at < 2) {
        node->values[at] = value;
        node->value_count = at + 1;
    }
    return true;
}

static bool put_member(struct node *node, struct draw_text name,
                       const char *rest, struct draw_text value)
{
    struct draw_text part = {.text = NULL};

    if (next_part(&rest, &part) && *rest)
        return false;
    if (draw_text_is(name, "value") && part.text)
        return put_value(node, part, value);
    if (draw_text_is(name, "origData") &&
        (!part.text || draw_text_is(part, "_")))
        node->source = value;
    else if (draw_text_is(name, "origData"))
        return true; /* what it is sorted by, and the like */
    else if (part.text)
        return false;
    else if (draw_text_is(name, "logic"))
        node->logic = value;
    else if (draw_text_is(name, "condition"))
        node->condition = value;
    else if (draw_text_is(name, "data"))
        node->data = value;
    else if (draw_text_is(name, "value1"))
        node->plain[0] = value;
    else if (draw_text_is(name, "value2"))
        node->plain[1] = value;
    else /* what is sent of nothing */
        return draw_text_is(name, "type") || value.len == 0;
    return true;
}

static int take(struct tree *tree, const struct param *param, struct err *err)
{
    const char *at = param->name + strlen(PREFIX) - 1;
    struct node *node = &tree->nodes[0];
    struct draw_text part = {.text = NULL};
    size_t index;

    while (next_part(&at, &part) && draw_text_is(part, "criteria") && *at) {
        if (!next_part(&at, &part) || !read_index(part, &index))
            return err_field(err, param->name, "is not understood here");
        node = find_child(tree, node, index);
        if (!node)
            return err_field(err, param->name, "more than %d criteria",
                             BUILDER_NODES);
        part.text = NULL;
    }
    node->field = param->name;
    if (!part.text ||
        !put_member(node, part, at,
                    (struct draw_text){param->value, param->value_len}))
        return err_field(err, param->name, "is not understood here");
    return 0;
}

static void find_values(struct node *node)
{
    for (size_t i = 0; i < 2; i++) {
        if (node->values[i].len == 0)
            node->values[i] = node->plain[i];
    }
}

/* Whether it says anything: a group does where something in it does. Those in
 * a group stand behind it. */
static void find_met(struct tree *tree)
{
    for (size_t i = tree->count; i-- > 0;) {
        struct node *node = &tree->nodes[i];
        const struct condition *condition =
            node->condition.len ? condition_of_builder(node->condition) : NULL;
        size_t wanted = condition ? condition_values(condition) : 0;

        find_values(node);
        if (!node->is_group)
            node->is_met = node->condition.len &&
                           (node->source.len || node->data.len) &&
                           (wanted < 1 || node->values[0].len) &&
                           (wanted < 2 || node->values[1].len);
        if (node->is_met && i > 0)
            tree->nodes[node->parent].is_met = true;
    }
}

static size_t digits_at(const char *at, const char *end)
{
    size_t count = 0;

    while (at + count < end && at[count] >= '0' && at[count] <= '9')
        count++;
    return count;
}

/* Whatever marks a page has for its numbers, SearchBuilder sends these:
 * "-1,000.5". Without the commas, in room, where they part thousands. */
static struct draw_text read_marks(struct draw_text text, char room[NUMBER_LEN])
{
    const char *at = text.text;
    const char *end;
    size_t digits;
    size_t len = 0;

    if (text.len == 0 || text.len >= NUMBER_LEN)
        return text;
    end = at + text.len;
    if (at < end && (*at == '-' || *at == '+'))
        room[len++] = *at++;
    digits = digits_at(at, end);
    if (digits == 0 || digits > 3 || at + digits == end || at[digits] != ',')
        return text;
    for (;;) {
        memcpy(room + len, at, digits);
        len += digits;
        at += digits;
        if (at == end || *at != ',')
            break;
        digits = digits_at(++at, end);
        if (digits != 3)
            return text;
    }
    if (at < end && *at != '.')
        return text;
    memcpy(room + len, at, (size_t)(end - at));
    len += (size_t)(end - at);
    room[len] = '\0';
    return (struct draw_text){room, len};
}

static int add_values(const struct tree *tree, const struct node *node,
                      const struct condition *condition, size_t column,
                      struct err *err)
{
    enum column_type type = order_columns[column].type;
    char room[2][NUMBER_LEN];
    struct draw_text values[2];

    for (size_t i = 0; i < 2; i++)
        values[i] = type == COLUMN_INT || type == COLUMN_DECIMAL
                        ? read_marks(node->values[i], room[i])
                        : node->values[i];
    return condition_add(tree->filter, condition, column, values, tree->zone,
                         node->field, err);
}

static int add_criterion(struct tree *tree, const struct node *node,
                         struct err *err)
{
    const struct condition *condition = condition_of_builder(node->condition);
    size_t column = draw_column_of(tree->draw, node->source);

    if (column == NO_COLUMN)
        column = draw_column_of(tree->draw, node->data);
    if (!condition)
        return err_field(err, node->field, "%.40s is not a condition",
                         node->condition.text);
    if (column == NO_COLUMN)
        return err_field(err, node->field, "there is no column %.80s",
                         node->source.len ? node->source.text
                                          : node->data.text);
    return add_values(tree, node, condition, column, err);
}

static int add_group(struct tree *tree, size_t at, struct err *err);

static int add_node(struct tree *tree, size_t at, struct err *err)
{
    const struct node *node = &tree->nodes[at];

    if (!node->is_met)
        return 0;
    return node->is_group ? add_group(tree, at, err)
                          : add_criterion(tree, node, err);
}

/* As deep as QUERY_DEPTH. */
static int add_group(struct tree *tree, size_t at, struct err *err)
{
    const struct node *node = &tree->nodes[at];
    bool is_or = draw_text_is(node->logic, "OR");

    if (!is_or && node->logic.len && !draw_text_is(node->logic, "AND"))
        return err_field(err, node->field, "logic must be AND or OR");
    if (order_filter_open(tree->filter, is_or ? FILTER_OR : FILTER_AND,
                          node->field ? node->field : "searchBuilder", err) < 0)
        return -1;
    for (size_t i = at + 1; i < tree->count; i++) {
        if (tree->nodes[i].parent == at && add_node(tree, i, err) < 0)
            return -1;
    }
    order_filter_close(tree->filter);
    return 0;
}

static int read_all(struct tree *tree, const struct params *params,
                    struct err *err)
{
    for (size_t i = 0; i < params_count(params); i++) {
        const struct param *param = params_at(params, i);

        if (!strncmp(param->name, PREFIX, strlen(PREFIX)) &&
            take(tree, param, err) < 0)
            return -1;
    }
    find_met(tree);
    return add_node(tree, 0, err);
}

static bool is_there(const struct params *params)
{
    for (size_t i = 0; i < params_count(params); i++) {
        if (!strncmp(params_at(params, i)->name, PREFIX, strlen(PREFIX)))
            return true;
    }
    return false;
}

int builder_add(const struct draw *draw, const struct params *params,
                const struct zone *zone, struct order_filter *filter,
                struct err *err)
{
    struct tree *tree;
    int rc;

    if (!is_there(params))
        return 0;
    tree = mem_alloc(sizeof(*tree));
    if (!tree)
        return err_set(err, ERR_NOMEM, "no memory for SearchBuilder");
    memset(&tree->nodes[0], 0, sizeof(tree->nodes[0]));
    tree->nodes[0].parent = NONE;
    tree->nodes[0].is_group = true;
    tree->draw = draw;
    tree->zone = zone;
    tree->filter = filter;
    tree->count = 1;
    rc = read_all(tree, params, err);
    mem_free(tree);
    return rc;
}
