#pragma once
#include "support/suite.h"
/*
 * Draws to be read, each with what comes of it as one line (shown.h), with the
 * draw's number before it: "3: 0+10 order(-id)".
 */
struct draw_case {
    const char *text; /* a query string, or (with a brace) a JSON body */
    const char *shown;
};
/* Columns of a page, for a case to add to. */
#define COLUMN_AS(i, data, name)                                               \
    "&columns[" #i "][data]=" data "&columns[" #i "][name]=" name              \
    "&columns[" #i "][searchable]=true&columns[" #i "][orderable]=true"        \
    "&columns[" #i "][search][value]=&columns[" #i "][search][regex]=false"
#define PAGE                                                                   \
    "draw=3&start=0&length=10&search[value]=&search[regex]=false" COLUMN_AS(   \
        0, "id", "") COLUMN_AS(1, "instrument", "") COLUMN_AS(2, "price", "")
/* One criterion of SearchBuilder, and an input of ColumnControl. */
#define BUILDER(column, condition, value)                                      \
    "&searchBuilder[criteria][0]" column                                       \
    "&searchBuilder[criteria][0][condition]=" condition                        \
    "&searchBuilder[criteria][0][value][]=" value
#define CONTROL(i, logic, value)                                               \
    "&columns[" #i "][columnControl][search][logic]=" logic "&columns[" #i     \
    "][columnControl][search][type]=text"                                      \
    "&columns[" #i "][columnControl][search][value]=" value

void draws_check(const struct draw_case *cases, size_t count);
