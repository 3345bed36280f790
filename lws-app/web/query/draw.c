#include "web/query/draw.h"
#include "web/query/draw_rules.h"

#include <stddef.h>
#include <string.h>

#include "base/banned.h"

#define LENGTH_DEFAULT 10 /* as DataTables has it */

/* A name taken apart: columns[0][search][value] has four parts. */
struct name {
    struct draw_text parts[PARTS_MAX];
    size_t count;
    size_t indexes[2]; /* the numbers in it, from the left */
    size_t index_count;
};

static struct draw_text text_of(const struct param *param)
{
    return (struct draw_text){param->value, param->value_len};
}

bool draw_text_is(struct draw_text text, const char *word)
{
    return text.len == strlen(word) && !memcmp(text.text, word, text.len);
}

/* Parts beyond the last place are left out: no rule is that long. Where the
 * brackets don't match, what stands before the first one is the whole name. */
static void split(const struct param *param, struct name *name)
{
    const char *at = param->name;
    size_t len = strcspn(at, "[");

    name->count = 1;
    name->parts[0] = (struct draw_text){at, len};
    /* What has no number is in no place that is counted. */
    name->indexes[0] = name->indexes[1] = SIZE_MAX;
    at += len;
    while (*at == '[') {
        len = strcspn(at + 1, "]");
        if (at[len + 1] != ']')
            break;
        if (name->count < PARTS_MAX)
            name->parts[name->count++] = (struct draw_text){at + 1, len};
        at += len + 2;
    }
    if (*at)
        name->count = 1;
}

/* SIZE_MAX: no number, or a huge one. */
static size_t read_index(struct draw_text text)
{
    size_t index = 0;

    if (text.len == 0 || text.len > 6)
        return SIZE_MAX;
    for (size_t i = 0; i < text.len; i++) {
        if (text.text[i] < '0' || text.text[i] > '9')
            return SIZE_MAX;
        index = index * 10 + (size_t)(text.text[i] - '0');
    }
    return index;
}

static bool fits(const struct draw_rule *rule, struct name *name)
{
    size_t i = 0;

    name->index_count = 0;
    for (; i < PARTS_MAX && rule->parts[i]; i++) {
        const char *part = rule->parts[i];

        if (!strcmp(part, "..."))
            return true;
        if (i == name->count)
            return false;
        if (!strcmp(part, "#"))
            name->indexes[name->index_count++] = read_index(name->parts[i]);
        else if (strcmp(part, "*") != 0 && !draw_text_is(name->parts[i], part))
            return false;
    }
    return i == name->count;
}

/* Digits; a sign only where least is below 0. */
static int read_number(const struct param *param, int64_t least, int64_t most,
                       int64_t *number, struct err *err)
{
    struct draw_text text = text_of(param);
    bool is_negative = text.len > 0 && text.text[0] == '-';
    int64_t value = 0;
    size_t at = is_negative ? 1 : 0;

    if (at == text.len)
        return err_field(err, param->name, "must be a whole number");
    for (; at < text.len; at++) {
        if (text.text[at] < '0' || text.text[at] > '9')
            return err_field(err, param->name, "must be a whole number");
        if (value <= NUMBER_MAX)
            value = value * 10 + (text.text[at] - '0');
    }
    if (is_negative)
        value = -value;
    if (value < least)
        return err_field(err, param->name, "must be at least %lld",
                         (long long)least);
    if (value > most)
        return err_field(err, param->name, "must be at most %lld",
                         (long long)most);
    *number = value;
    return 0;
}

static int read_flag(const struct param *param, bool *flag, struct err *err)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"true", true}, {"false", false}, {"1", true},
        {"0", false},   {"", false},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (draw_text_is(text_of(param), words[i].word)) {
            *flag = words[i].value;
            return 0;
        }
    }
    return err_field(err, param->name, "must be true or false");
}

/* Columns that were not mentioned have what DataTables has by default. */
static struct draw_column *find_column(struct draw *draw, size_t index)
{
    if (index >= DRAW_COLUMNS)
        return NULL;
    for (; draw->column_count <= index; draw->column_count++) {
        draw->columns[draw->column_count].is_searchable = true;
        draw->columns[draw->column_count].is_orderable = true;
    }
    return &draw->columns[index];
}

static struct draw_order *find_order(struct draw *draw, size_t index)
{
    if (index >= DRAW_ORDERS)
        return NULL;
    if (!draw->orders[index].is_given)
        draw->orders[index].column = -1;
    draw->orders[index].is_given = true;
    return &draw->orders[index];
}

static struct draw_search *find_search(struct draw *draw,
                                       enum draw_search_kind kind,
                                       const struct name *name,
                                       const struct param *param)
{
    bool has_column = kind == DRAW_COLUMN_FIXED;
    size_t column = has_column ? name->indexes[0] : 0;
    size_t index = name->indexes[has_column ? 1 : 0];
    struct draw_search *search = draw->searches;
    struct draw_search *end = search + draw->search_count;

    if (index == SIZE_MAX || (has_column && !find_column(draw, column)))
        return NULL;
    while (search < end && (search->kind != kind || search->column != column ||
                            search->index != index))
        search++;
    if (search < end)
        return search;
    if (draw->search_count == DRAW_SEARCHES)
        return NULL;
    draw->search_count++;
    search->kind = kind;
    search->column = column;
    search->index = index;
    search->field = param->name;
    return search;
}

/* Where the rule puts it; NULL: the name counts too far, or not at all. */
static void *find_place(struct draw *draw, const struct draw_rule *rule,
                        const struct name *name, const struct param *param)
{
    switch (rule->place) {
    case IN_DRAW: return draw;
    case IN_COLUMN: return find_column(draw, name->indexes[0]);
    case IN_ORDER: return find_order(draw, name->indexes[0]);
    case IN_SEARCH: return find_search(draw, rule->kind, name, param);
    }
    return NULL;
}

static int put_group_column(struct draw_search *search,
                            const struct param *param, struct err *err)
{
    int64_t column;

    if (read_number(param, 0, DRAW_COLUMNS - 1, &column, err) < 0)
        return -1;
    search->columns[column] = true;
    search->column_count++;
    return 0;
}

static int put(struct draw *draw, const struct draw_rule *rule,
               const struct name *name, const struct param *param,
               struct err *err)
{
    struct draw_text text = text_of(param);
    char *place = find_place(draw, rule, name, param);

    if (!place)
        return err_field(err, param->name, "is out of range");
    place += rule->offset;
    if (rule->act == PUT_FLAG)
        return read_flag(param, (bool *)place, err);
    if (rule->act == PUT_NUMBER)
        return read_number(param, rule->least, rule->most, (int64_t *)place,
                           err);
    if (rule->act == PUT_COLUMN)
        return put_group_column((struct draw_search *)place, param, err);
    memcpy(place, &text, sizeof(text));
    if (name->count > 2 && draw_text_is(name->parts[2], "columnControl"))
        draw->columns[name->indexes[0]].control.field = param->name;
    if (rule->place == IN_SEARCH)
        ((struct draw_search *)(place - rule->offset))->field = param->name;
    return 0;
}

/* Of ColumnControl by the column's number, of SearchPanes by its data. */
static int put_pick(struct draw *draw, const struct name *name,
                    const struct param *param, struct err *err)
{
    struct draw_pick *pick = &draw->picks[draw->pick_count];

    if (draw->pick_count == DRAW_PICKS)
        return err_field(err, param->name, "more than %d values are selected",
                         DRAW_PICKS);
    memset(pick, 0, sizeof(*pick));
    if (draw_text_is(name->parts[0], "columns")) {
        pick->column = name->indexes[0];
        if (!find_column(draw, pick->column))
            return err_field(err, param->name, "is out of range");
    } else {
        pick->pane = name->parts[1];
    }
    pick->value = text_of(param);
    pick->field = param->name;
    draw->pick_count++;
    return 0;
}

static int refuse(const struct draw_rule *rule, const struct param *param,
                  struct err *err)
{
    return err_field(err, param->name, "%s",
                     rule->refusal ? rule->refusal : "is not understood here");
}

static int apply(struct draw *draw, const struct draw_rule *rule,
                 const struct name *name, const struct param *param,
                 struct err *err)
{
    struct draw_text text = text_of(param);

    switch (rule->act) {
    case PUT_TEXT:
    case PUT_FLAG:
    case PUT_NUMBER:
    case PUT_COLUMN: return put(draw, rule, name, param, err);
    case PUT_PICK: return put_pick(draw, name, param, err);
    case LEAVE:
    case IGNORE: return 0;
    case IGNORE_PLAIN:
        if (param->name_len == name->parts[0].len)
            return 0;
        return text.len ? refuse(rule, param, err) : 0;
    case REFUSE: return text.len ? refuse(rule, param, err) : 0;
    case REFUSE_ANY: return refuse(rule, param, err);
    }
    return 0;
}

static void note_extension(struct draw *draw, const struct name *name)
{
    static const char panes[] = "searchPanes";

    if (name->parts[0].len >= strlen(panes) &&
        !memcmp(name->parts[0].text, panes, strlen(panes)))
        draw->has_panes = true;
    if (name->count > 2 && draw_text_is(name->parts[0], "columns") &&
        draw_text_is(name->parts[2], "columnControl"))
        draw->has_control = true;
}

int draw_read(struct draw *draw, const struct params *params, struct err *err)
{
    int rc = 0;

    memset(draw, 0, sizeof(*draw));
    draw->length = LENGTH_DEFAULT;
    for (size_t i = 0; i < params_count(params); i++) {
        const struct param *param = params_at(params, i);
        struct name name;
        size_t at = 0;

        split(param, &name);
        note_extension(draw, &name);
        while (at < draw_rules_count && !fits(&draw_rules[at], &name))
            at++;
        if (at < draw_rules_count &&
            apply(draw, &draw_rules[at], &name, param, err) < 0)
            rc = -1;
    }
    return rc;
}

bool draw_has(const struct param *param)
{
    struct name name;

    split(param, &name);
    for (size_t i = 0; i < draw_rules_count; i++) {
        if (draw_text_is(name.parts[0], draw_rules[i].parts[0]))
            return true;
    }
    return false;
}
