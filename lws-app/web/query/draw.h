#pragma once
#include "base/err.h"
#include "web/http/params.h"
#include "web/query/shape.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A DataTables draw as it was asked for: the parameters that DataTables 1.10
 * to 3 and their extensions send, by their names, not yet looked up in any
 * table. SearchBuilder's are left to builder.h. Conditions that nobody here
 * understands are refused, since to ignore one shows wrong rows.
 * Thread: any. Never blocks.
 */
#define DRAW_COLUMNS 256
#define DRAW_ORDERS 8
#define DRAW_SEARCHES 64
#define DRAW_PICKS 128
#define DRAW_ROWS_MAX 10000 /* rows in one answer */

struct draw_text { /* borrowed from the parameters; text NULL: not sent */
    const char *text;
    size_t len;
};
bool draw_text_is(struct draw_text text, const char *word);
/* What ColumnControl's input says. */
struct draw_control {
    struct draw_text value;
    struct draw_text logic;
    struct draw_text mask;
    const char *field; /* a parameter's name, for errors; NULL: none */
};
struct draw_column {
    struct draw_text data;
    struct draw_text data_default; /* data[_], where data is an object */
    struct draw_text name;
    struct draw_text value; /* what is searched for */
    struct draw_control control;
    bool is_regex;
    bool is_searchable;
    bool is_orderable;
};
struct draw_order {
    int64_t column; /* -1: not sent */
    struct draw_text dir;
    struct draw_text name;
    bool is_given;
};
enum draw_search_kind {
    DRAW_FIXED,        /* search[fixed][index] */
    DRAW_COLUMN_FIXED, /* columns[column][search][fixed][index] */
    DRAW_GROUP,        /* search[groups][index] */
    DRAW_GROUP_FIXED,  /* search[groupsFixed][index] */
};
struct draw_search {
    enum draw_search_kind kind;
    size_t column;
    size_t index;
    struct draw_text term;
    const char *field;   /* the parameter's name, for errors */
    size_t column_count; /* of a group; 0: all */
    bool columns[DRAW_COLUMNS];
};
/* A value that was picked from a list of a column's values. */
struct draw_pick {
    struct draw_text pane; /* SearchPanes: the column's data; text NULL: */
    size_t column;         /* ColumnControl */
    struct draw_text value;
    const char *field;
};
struct draw {
    int64_t draw;
    int64_t start;
    int64_t length; /* -1: all */
    struct draw_text value;
    bool is_regex;
    size_t column_count; /* one more than the highest index sent */
    struct draw_column columns[DRAW_COLUMNS];
    struct draw_order orders[DRAW_ORDERS];
    size_t search_count;
    struct draw_search searches[DRAW_SEARCHES];
    size_t pick_count;
    struct draw_pick picks[DRAW_PICKS];
    bool has_panes; /* SearchPanes is there, whether or not it says anything */
    bool has_control;
    bool is_cascade;             /* its panes show what is left to pick */
    struct draw_text panes_last; /* data of the column picked from last */
    struct draw_text lists; /* columns whose values are asked for; commas */
};

/* Also where it fails, draw->draw is what was sent, or 0. ERR_INVALID, under
 * the names of the parameters at fault. */
int draw_read(struct draw *draw, const struct params *params, struct err *err);
/* Whether it is DataTables' own, by how its name begins. */
bool draw_has(const struct param *param);
/* The parameters, for the API's description, each with 0 for its numbers. */
shape_field_fn draw_field;
/* The same nested, as JSON has it: the members of a JSON schema. */
void draw_put_body(struct buf *out);
