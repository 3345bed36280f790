#pragma once
#include "base/buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Shapes: what the bodies of requests and answers, and the arguments of a
 * query, look like. The routes name them; the API's description (openapi.h) is
 * written from them. What a table of columns knows is taken from that table,
 * field by field, by a function; the rest stands in the one table of shapes.c.
 * Thread: any. Never blocks.
 */
#define SHAPE_NAME_MAX 80

enum shape_type {
    SHAPE_ANY,
    SHAPE_INT,
    SHAPE_NUMBER,
    SHAPE_BOOL,
    SHAPE_TEXT,
    SHAPE_URL,
    SHAPE_TIME,    /* RFC 3339, microseconds, Z */
    SHAPE_WHEN,    /* a time as somebody may write it */
    SHAPE_PERIOD,  /* a day, or a time, with its offset or without */
    SHAPE_DECIMAL, /* exact, canonical, as a string */
    SHAPE_AMOUNT,  /* a decimal as somebody may write it: string or number */
    SHAPE_CHOICE,
    SHAPE_OF,  /* other shapes */
    SHAPE_MAP, /* any names, each with a value of these shapes */
};
enum shape_flag {
    SHAPE_NULL = 1 << 0,     /* may be null */
    SHAPE_OPTIONAL = 1 << 1, /* need not be there */
    SHAPE_SECRET = 1 << 2,   /* never given back */
    SHAPE_STAFF = 1 << 3,    /* for staff to set */
};
struct shape_field {
    const char *name;
    enum shape_type type;
    unsigned flags;
    /* SHAPE_OF, SHAPE_MAP: "A", or "A[]" for an array of it, or several of
     * them with '|' between; a lower-case word is a JSON type. */
    const char *of;
    const char *const *choices; /* NULL-terminated, for SHAPE_CHOICE */
    int64_t least;              /* of a number, or of a text's length */
    int64_t most;               /* both 0: no bounds */
    const char *otherwise;      /* what it is when it is left out; NULL */
    const char *help;           /* for people */
};
/* Fills *field (zeroed before) with the field i of a shape; false: there are
 * no more. name: room for a name that stands nowhere yet. */
typedef bool shape_field_fn(size_t i, struct shape_field *field,
                            char name[SHAPE_NAME_MAX]);

struct shape {
    const char *name;
    const char *about;                /* for people */
    const struct shape_field *fields; /* end with a NULL name */
    shape_field_fn *next_field;       /* or these, after them */
    void (*put)(struct buf *out); /* or this writes the members of its schema */
    const char *as_form; /* the shape that a form sends in its place; NULL */
    const char *of;      /* instead of fields: other shapes, as in a field */
    const char *media;   /* content type; NULL: JSON. Not JSON: no fields */
    bool is_open;        /* may hold more than its fields */
    bool is_partial;     /* none of its fields need be there */
    bool only_json;      /* an input that no form can send */
    bool is_query;       /* arguments alone: no schema of its own */
};
extern const struct shape shapes[];
extern const size_t shapes_count;

const struct shape *shape_find(const char *name, size_t len);
/* The field i of a shape, from its table or its function. */
bool shape_field(const struct shape *shape, size_t i, struct shape_field *field,
                 char name[SHAPE_NAME_MAX]);
/* The JSON schema of a shape, under key. */
void shape_put(struct buf *out, const char *key, const struct shape *shape);
/* The JSON schema of one value, under key. */
void shape_put_value(struct buf *out, const char *key,
                     const struct shape_field *field);
/* The JSON schema of what `of` names, under key: references. Each name may have
 * "@" and the format that it goes with behind it. */
void shape_put_of(struct buf *out, const char *key, const char *of);
