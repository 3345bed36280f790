#pragma once
#include "web/query/draw.h"
#include <stddef.h>
#include <stdint.h>
/*
 * The names of the parameters of a draw, and what becomes of each: one table
 * that reads them (draw.c) and describes them (draw_shape.c).
 * Thread: any. Never blocks.
 */
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
    PUT_PICK,   /* one more value that was picked from a list */
    LEAVE,      /* another reads it: SearchBuilder's */
    IGNORE,
    IGNORE_PLAIN, /* where the name is that alone, without a bracket */
    REFUSE,       /* unless empty */
    REFUSE_ANY,   /* empty means something here: "the field is empty" */
};
/* "#": a number; "*": any part; "..." at the end: whatever follows. */
struct draw_rule {
    const char *parts[PARTS_MAX];
    enum rule_act act;
    enum rule_place place;
    size_t offset; /* of the member to put it in */
    enum draw_search_kind kind;
    int64_t least; /* of a number */
    int64_t most;
    const char *refusal;
};

extern const struct draw_rule draw_rules[];
extern const size_t draw_rules_count;
