#include "web/query/draw.h"
#include "base/json.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define LENGTH_DEFAULT 10 /* as DataTables has it */
#define PARTS_MAX 8
/* Beyond 2^53 a browser can't count. */
#define NUMBER_MAX INT64_C(9007199254740991)

enum rule_place {
    IN_DRAW,
    IN_COLUMN, /* the one with the first number of the name */
    IN_ORDER,
    IN_SEARCH, /* the one with the rule's kind and the name's numbers */
};
enum rule_act {
    PUT_TEXT,
    PUT_FLAG,
    PUT_NUMBER,
    PUT_COLUMN, /* one more of a group's columns */
    IGNORE,
    REFUSE,     /* unless empty */
    REFUSE_ANY, /* empty means something here: "the field is empty" */
    REFUSE_LOGIC,
};
/* "#": a number; "*": any part; "..." at the end: whatever follows. */
struct rule {
    const char *parts[PARTS_MAX];
    enum rule_act act;
    enum rule_place place;
    size_t offset; /* of the member to put it in */
    enum draw_search_kind kind;
    int64_t least; /* of a number */
    int64_t most;
    const char *refusal;
};

#define DRAW(member) .place = IN_DRAW, .offset = offsetof(struct draw, member)
#define COLUMN(member)                                                         \
    .place = IN_COLUMN, .offset = offsetof(struct draw_column, member)
#define ORDER(member)                                                          \
    .place = IN_ORDER, .offset = offsetof(struct draw_order, member)
#define TERM(of)                                                               \
    .place = IN_SEARCH, .kind = (of),                                          \
    .offset = offsetof(struct draw_search, term)
#define GROUP(of) .place = IN_SEARCH, .kind = (of)
#define MOST(number) .most = (number)
#define NOT_HERE(who) .refusal = who " is not supported here"

/* The first that fits counts. What is in none of them is some page's own. */
static const struct rule rules[] = {
    {{"columns", "#", "data"}, PUT_TEXT, COLUMN(data)},
    {{"columns", "#", "name"}, PUT_TEXT, COLUMN(name)},
    {{"columns", "#", "searchable"}, PUT_FLAG, COLUMN(is_searchable)},
    {{"columns", "#", "orderable"}, PUT_FLAG, COLUMN(is_orderable)},
    {{"columns", "#", "search", "value"}, PUT_TEXT, COLUMN(value)},
    {{"columns", "#", "search", "regex"}, PUT_FLAG, COLUMN(is_regex)},
    {{"columns", "#", "data", "_"}, PUT_TEXT, COLUMN(data_default)},
    {{"columns", "#", "search", "fixed", "#", "term"},
     PUT_TEXT,
     TERM(DRAW_COLUMN_FIXED)},
    {{"columns", "#", "search", "fixed", "#", "name"}, .act = IGNORE},
    {{"columns", "#", "search", "fixed", "..."}, .act = REFUSE},
    {{"columns", "#", "search", "value", "..."}, .act = REFUSE},
    {{"columns", "#", "columnControl", "search", "value"},
     REFUSE,
     NOT_HERE("ColumnControl")},
    {{"columns", "#", "columnControl", "search", "logic"},
     REFUSE_LOGIC,
     NOT_HERE("ColumnControl")},
    {{"columns", "#", "columnControl", "list", "*", "..."},
     REFUSE_ANY,
     NOT_HERE("ColumnControl")},
    {{"columns", "#", "search"}, .act = REFUSE},
    {{"columns", "#"}, .act = REFUSE},
    {{"columns"}, .act = REFUSE},
    {{"order", "#", "column"},
     PUT_NUMBER,
     ORDER(column),
     MOST(DRAW_COLUMNS - 1)},
    {{"order", "#", "dir"}, PUT_TEXT, ORDER(dir)},
    {{"order", "#", "name"}, PUT_TEXT, ORDER(name)},
    {{"order", "..."}, .act = REFUSE},
    {{"draw"}, PUT_NUMBER, DRAW(draw), MOST(NUMBER_MAX)},
    {{"start"}, PUT_NUMBER, DRAW(start), MOST(NUMBER_MAX)},
    {{"length"}, PUT_NUMBER, DRAW(length), .least = -1, MOST(DRAW_ROWS_MAX)},
    {{"search", "value"}, PUT_TEXT, DRAW(value)},
    {{"search", "regex"}, PUT_FLAG, DRAW(is_regex)},
    {{"search", "fixed", "#", "term"}, PUT_TEXT, TERM(DRAW_FIXED)},
    {{"search", "fixed", "#", "name"}, .act = IGNORE},
    {{"search", "groups", "#", "term"}, PUT_TEXT, TERM(DRAW_GROUP)},
    {{"search", "groups", "#", "columns", "*"}, PUT_COLUMN, GROUP(DRAW_GROUP)},
    {{"search", "groupsFixed", "#", "term"}, PUT_TEXT, TERM(DRAW_GROUP_FIXED)},
    {{"search", "groupsFixed", "#", "columns", "*"},
     PUT_COLUMN,
     GROUP(DRAW_GROUP_FIXED)},
    {{"search", "groupsFixed", "#", "name"}, .act = IGNORE},
    {{"search", "fixed", "..."}, .act = REFUSE},
    {{"search", "groups", "..."}, .act = REFUSE},
    {{"search", "groupsFixed", "..."}, .act = REFUSE},
    {{"search", "value", "..."}, .act = REFUSE},
    {{"search"}, .act = REFUSE},
    {{"draw", "..."}, .act = REFUSE},
    {{"start", "..."}, .act = REFUSE},
    {{"length", "..."}, .act = REFUSE},
    {{"searchBuilder", "criteria", "..."}, REFUSE, NOT_HERE("SearchBuilder")},
    {{"searchPanes", "*", "*", "..."}, REFUSE_ANY, NOT_HERE("SearchPanes")},
    {{"sEcho"}, REFUSE_ANY, NOT_HERE("DataTables before 1.10")},
};

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

static bool is_word(struct draw_text text, const char *word)
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

static bool fits(const struct rule *rule, struct name *name)
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
        else if (strcmp(part, "*") != 0 && !is_word(name->parts[i], part))
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
        if (is_word(text_of(param), words[i].word)) {
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
static void *find_place(struct draw *draw, const struct rule *rule,
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

static int put(struct draw *draw, const struct rule *rule,
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
    if (rule->place == IN_SEARCH)
        ((struct draw_search *)(place - rule->offset))->field = param->name;
    return 0;
}

static int refuse(const struct rule *rule, const struct param *param,
                  struct err *err)
{
    return err_field(err, param->name, "%s",
                     rule->refusal ? rule->refusal : "is not understood here");
}

static int apply(struct draw *draw, const struct rule *rule,
                 const struct name *name, const struct param *param,
                 struct err *err)
{
    struct draw_text text = text_of(param);

    switch (rule->act) {
    case PUT_TEXT:
    case PUT_FLAG:
    case PUT_NUMBER:
    case PUT_COLUMN: return put(draw, rule, name, param, err);
    case IGNORE: return 0;
    case REFUSE: return text.len ? refuse(rule, param, err) : 0;
    case REFUSE_ANY: return refuse(rule, param, err);
    case REFUSE_LOGIC:
        /* Only these two are a condition without a value. */
        return is_word(text, "empty") || is_word(text, "notEmpty")
                   ? refuse(rule, param, err)
                   : 0;
    }
    return 0;
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
        while (at < sizeof(rules) / sizeof(rules[0]) &&
               !fits(&rules[at], &name))
            at++;
        if (at < sizeof(rules) / sizeof(rules[0]) &&
            apply(draw, &rules[at], &name, param, err) < 0)
            rc = -1;
    }
    return rc;
}

bool draw_has(const struct param *param)
{
    /* What SearchPanes sends beside its conditions. */
    static const char panes[] = "searchPanes";
    struct name name;

    split(param, &name);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (is_word(name.parts[0], rules[i].parts[0]))
            return true;
    }
    return !strncmp(param->name, panes, strlen(panes));
}

static bool is_taken(const struct rule *rule)
{
    return rule->act == PUT_TEXT || rule->act == PUT_FLAG ||
           rule->act == PUT_NUMBER || rule->act == PUT_COLUMN;
}

static void put_name(const struct rule *rule, char name[SHAPE_NAME_MAX])
{
    size_t len = 0;

    for (size_t i = 0; i < PARTS_MAX && rule->parts[i]; i++) {
        const char *part = rule->parts[i];

        if (!strcmp(part, "#") || !strcmp(part, "*"))
            part = "0";
        len += (size_t)snprintf(name + len, SHAPE_NAME_MAX - len,
                                i ? "[%s]" : "%s", part);
    }
}

bool draw_field(size_t i, struct shape_field *field, char name[SHAPE_NAME_MAX])
{
    for (size_t at = 0; at < sizeof(rules) / sizeof(rules[0]); at++) {
        const struct rule *rule = &rules[at];

        if (!is_taken(rule) || i-- > 0)
            continue;
        put_name(rule, name);
        field->name = name;
        field->flags = SHAPE_OPTIONAL;
        field->type = rule->act == PUT_TEXT   ? SHAPE_TEXT
                      : rule->act == PUT_FLAG ? SHAPE_BOOL
                                              : SHAPE_INT;
        field->least = rule->least;
        field->most = rule->act == PUT_COLUMN ? DRAW_COLUMNS - 1 : rule->most;
        return true;
    }
    return false;
}
/* One node of the tree that the rules' names make: the rules whose names begin
 * with those of like, up to depth. */
struct node {
    const struct rule *like;
    size_t depth;
};

static bool is_under(const struct rule *rule, struct node node)
{
    for (size_t i = 0; i < node.depth; i++) {
        if (!rule->parts[i] || strcmp(rule->parts[i], node.like->parts[i]) != 0)
            return false;
    }
    return is_taken(rule);
}

static const char *part_after(const struct rule *rule, struct node node)
{
    return node.depth < PARTS_MAX ? rule->parts[node.depth] : NULL;
}

/* The first rule of each part that can follow; NULL: there are no more. at: 0
 * at first. */
static const struct rule *next_branch(struct node node, size_t *at)
{
    for (; *at < sizeof(rules) / sizeof(rules[0]); ++*at) {
        const struct rule *rule = &rules[*at];
        const char *part = is_under(rule, node) ? part_after(rule, node) : NULL;
        bool is_new = part != NULL;

        for (const struct rule *before = rules; is_new && before < rule;
             before++)
            is_new = !is_under(before, node) || !part_after(before, node) ||
                     strcmp(part_after(before, node), part) != 0;
        if (is_new) {
            ++*at;
            return rule;
        }
    }
    return NULL;
}

/* The rule whose whole name this is; NULL: none. */
static const struct rule *leaf_of(struct node node)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (is_under(&rules[i], node) && !part_after(&rules[i], node))
            return &rules[i];
    }
    return NULL;
}

/* Text may be any plain value, as in a form. */
static void put_leaf(struct buf *out, const struct rule *rule)
{
    switch (rule->act) {
    case PUT_NUMBER:
    case PUT_COLUMN:
        json_put_str(out, "type", "integer");
        json_put_int(out, "minimum", rule->least);
        json_put_int(out, "maximum",
                     rule->act == PUT_COLUMN ? DRAW_COLUMNS - 1 : rule->most);
        return;
    case PUT_FLAG: json_put_str(out, "type", "boolean"); return;
    default: break;
    }
    json_open_array(out, "type");
    json_put_str(out, NULL, "string");
    json_put_str(out, NULL, "number");
    json_put_str(out, NULL, "boolean");
    json_put_str(out, NULL, "null");
    json_close_array(out);
}

static void put_node(struct buf *out, struct node node)
{
    const struct rule *leaf = leaf_of(node);
    size_t at = 0;
    const struct rule *branch = next_branch(node, &at);
    bool is_array = branch && strchr("#*", *branch->parts[node.depth]);

    if (leaf && branch) /* columns[0][data] is a name or an object */
        return;
    if (leaf) {
        put_leaf(out, leaf);
        return;
    }
    json_put_str(out, "type", is_array ? "array" : "object");
    json_open_key(out, is_array ? "items" : "properties");
    for (; branch; branch = next_branch(node, &at)) {
        struct node below = {branch, node.depth + 1};

        if (is_array) {
            put_node(out, below);
            break;
        }
        json_open_key(out, branch->parts[node.depth]);
        put_node(out, below);
        json_close(out);
    }
    json_close(out);
}

void draw_put_body(struct buf *out)
{
    put_node(out, (struct node){rules, 0});
}
