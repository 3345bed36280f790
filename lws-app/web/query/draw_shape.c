#include "base/json.h"
#include "web/query/draw_rules.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static bool is_taken(const struct draw_rule *rule)
{
    return rule->act == PUT_TEXT || rule->act == PUT_FLAG ||
           rule->act == PUT_NUMBER || rule->act == PUT_COLUMN ||
           rule->act == PUT_PICK || rule->act == LEAVE;
}

static void put_name(const struct draw_rule *rule, char name[SHAPE_NAME_MAX])
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

static enum shape_type type_of(enum rule_act act)
{
    if (act == PUT_FLAG)
        return SHAPE_BOOL;
    return act == PUT_NUMBER || act == PUT_COLUMN ? SHAPE_INT : SHAPE_TEXT;
}

bool draw_field(size_t i, struct shape_field *field, char name[SHAPE_NAME_MAX])
{
    for (size_t at = 0; at < draw_rules_count; at++) {
        const struct draw_rule *rule = &draw_rules[at];

        if (!is_taken(rule) || i-- > 0)
            continue;
        put_name(rule, name);
        field->name = name;
        field->flags = SHAPE_OPTIONAL;
        field->type = type_of(rule->act);
        field->least = rule->least;
        field->most = rule->act == PUT_COLUMN ? DRAW_COLUMNS - 1 : rule->most;
        return true;
    }
    return false;
}
/* One node of the tree that the rules' names make: the rules whose names begin
 * with those of like, up to depth. */
struct node {
    const struct draw_rule *like;
    size_t depth;
};

static bool is_under(const struct draw_rule *rule, struct node node)
{
    for (size_t i = 0; i < node.depth; i++) {
        if (!rule->parts[i] || strcmp(rule->parts[i], node.like->parts[i]) != 0)
            return false;
    }
    return is_taken(rule);
}

static const char *part_after(const struct draw_rule *rule, struct node node)
{
    return node.depth < PARTS_MAX ? rule->parts[node.depth] : NULL;
}

/* The first rule of each part that can follow; NULL: there are no more. at: 0
 * at first. */
static const struct draw_rule *next_branch(struct node node, size_t *at)
{
    for (; *at < draw_rules_count; ++*at) {
        const struct draw_rule *rule = &draw_rules[*at];
        const char *part = is_under(rule, node) ? part_after(rule, node) : NULL;
        bool is_new = part != NULL;

        for (const struct draw_rule *before = draw_rules;
             is_new && before < rule; before++)
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
static const struct draw_rule *leaf_of(struct node node)
{
    for (size_t i = 0; i < draw_rules_count; i++) {
        if (is_under(&draw_rules[i], node) && !part_after(&draw_rules[i], node))
            return &draw_rules[i];
    }
    return NULL;
}

/* Text may be any plain value, as in a form. */
static void put_leaf(struct buf *out, const struct draw_rule *rule)
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
    const struct draw_rule *leaf = leaf_of(node);
    size_t at = 0;
    const struct draw_rule *branch = next_branch(node, &at);
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
    put_node(out, (struct node){draw_rules, 0});
}
