#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
/*
 * Parameters of a request, in the order they came: query arguments, the fields
 * of a form, or a JSON body flattened to the same names. Decoded, valid UTF-8,
 * without NUL bytes, each with a NUL behind it.
 * Thread: belongs to its owner. Never blocks.
 */
#define PARAMS_MAX 2000                   /* pairs */
#define PARAMS_TEXT_MAX (2 * 1024 * 1024) /* bytes of all names and values */

struct param {
    const char *name;
    size_t name_len;
    const char *value; /* "" where there was no '=' */
    size_t value_len;
};
struct params {
    char *text;
    size_t text_len;
    size_t text_cap;
    struct param *list;
    size_t count;
    size_t list_cap;
};

void params_init(struct params *params);
void params_release(struct params *params); /* safe twice */

/* Adds the pairs of application/x-www-form-urlencoded text. ERR_MALFORMED: a
 * bad escape, bytes that are not UTF-8, a NUL, or more than PARAMS_MAX;
 * ERR_TOO_LARGE; ERR_NOMEM. */
int params_parse(struct params *params, const char *text, size_t len,
                 struct err *err);
/* Adds one pair, decoded already. Errors as above. */
int params_add(struct params *params, const char *name, size_t name_len,
               const char *value, size_t value_len, struct err *err);
/* Adds what a JSON object holds, named as a form would: {"a":[{"b":true}]} is
 * a[0][b]=true; null is an empty value; an empty array or object is nothing.
 * ERR_INVALID (field "body") where it is no object; else as above. */
int params_add_json(struct params *params, const cJSON *object,
                    struct err *err);

size_t params_count(const struct params *params);
/* Borrowed until the next pair is added. */
const struct param *params_at(const struct params *params, size_t i);
/* The value of the first of that name; NULL: none. Borrowed likewise. */
const char *params_get(const struct params *params, const char *name);
bool params_repeats(const struct params *params, const char *name);

/* Appends text, escaped for a name or a value of a query string. */
void params_encode(struct buf *out, const char *text, size_t len);
/* The same, leaving '/' as it is: for a path. */
void params_encode_path(struct buf *out, const char *path);
