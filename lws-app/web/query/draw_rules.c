#include "web/query/draw_rules.h"

#include <stddef.h>

#include "base/banned.h"

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
const struct draw_rule draw_rules[] = {
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
     PUT_TEXT,
     COLUMN(control.value)},
    {{"columns", "#", "columnControl", "search", "logic"},
     PUT_TEXT,
     COLUMN(control.logic)},
    {{"columns", "#", "columnControl", "search", "mask"},
     PUT_TEXT,
     COLUMN(control.mask)},
    {{"columns", "#", "columnControl", "search", "type"}, .act = IGNORE},
    {{"columns", "#", "columnControl", "list", "*"},
     .act = PUT_PICK,
     .place = IN_DRAW},
    {{"columns", "#", "columnControl", "..."}, .act = REFUSE},
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
    {{"search"}, .act = IGNORE_PLAIN}, /* the plain list's */
    {{"draw", "..."}, .act = REFUSE},
    {{"start", "..."}, .act = REFUSE},
    {{"length", "..."}, .act = REFUSE},
    {{"searchBuilder", "logic"}, .act = LEAVE},
    {{"searchBuilder", "criteria", "#", "condition"}, .act = LEAVE},
    {{"searchBuilder", "criteria", "#", "data"}, .act = LEAVE},
    {{"searchBuilder", "criteria", "#", "origData"}, .act = LEAVE},
    {{"searchBuilder", "criteria", "#", "type"}, .act = LEAVE},
    {{"searchBuilder", "criteria", "#", "value1"}, .act = LEAVE},
    {{"searchBuilder", "criteria", "#", "value2"}, .act = LEAVE},
    {{"searchBuilder", "..."}, .act = IGNORE},
    {{"searchPanes", "*", "*"}, .act = PUT_PICK, .place = IN_DRAW},
    {{"searchPanes", "..."}, .act = REFUSE},
    {{"searchPanes_null", "..."}, .act = IGNORE},
    {{"searchPanesLast"}, PUT_TEXT, DRAW(panes_last)},
    {{"searchPanes_options", "cascade"}, PUT_FLAG, DRAW(is_cascade)},
    {{"searchPanes_options", "..."}, .act = IGNORE},
    {{"lists"}, PUT_TEXT, DRAW(lists)},
    {{"lists", "..."}, .act = REFUSE},
    {{"searchPanesLast", "..."}, .act = REFUSE},
    {{"sEcho"}, REFUSE_ANY, NOT_HERE("DataTables before 1.10")},
};

const size_t draw_rules_count = sizeof(draw_rules) / sizeof(draw_rules[0]);
