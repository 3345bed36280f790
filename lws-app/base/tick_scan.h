#pragma once
#include "base/err.h"
#include "base/tick.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The words of a line of market data, which base/tick.c makes fields of.
 * Thread: any. Never blocks.
 */
#define TICK_NAME_MAX 16 /* of a field that we know, with room */

struct tick_scan {
    const char *text;
    const char *at;
    const char *end;
    const char *prefix; /* of the names of fields: "" or "trade." */
    struct err *err;
    bool is_refused; /* a field is at fault: err has its name */
};

/* A value as it stands in the text. */
enum tick_kind {
    TICK_IS_TEXT,
    TICK_IS_NUMBER,
    TICK_IS_NULL,
    TICK_IS_TRUE,
    TICK_IS_OBJECT
};

struct tick_value {
    enum tick_kind kind;
    const char *text; /* TICK_IS_TEXT: unescaped; TICK_IS_NUMBER: its digits */
    size_t len;
    bool is_ascii; /* TICK_IS_TEXT: printable ASCII alone */
    bool is_cut;   /* TICK_IS_TEXT: it is longer than there is room for */
};

/* Room for a text that has escapes in it, or more than ASCII. */
struct tick_room {
    char bytes[TICK_SYMBOL_MAX + 4];
    size_t len;
    bool is_full;
};

/* Both: what is wrong. The first ends the reading and returns -1; the second
 * names a field, and it goes on. */
int tick_scan_fail(struct tick_scan *s, const char *what);
void tick_scan_refuse(struct tick_scan *s, const char *name, const char *why);
/* s stands behind the quote. value is borrowed from the text, or from room. */
int tick_scan_text(struct tick_scan *s, struct tick_room *room,
                   struct tick_value *value);
/* Of an object, its brace alone. */
int tick_scan_value(struct tick_scan *s, struct tick_room *room,
                    struct tick_value *value);

static inline void tick_scan_blanks(struct tick_scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' ||
                              *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

static inline bool tick_scan_take(struct tick_scan *s, char c)
{
    bool is_there = s->at < s->end && *s->at == c;

    s->at += is_there;
    return is_there;
}
