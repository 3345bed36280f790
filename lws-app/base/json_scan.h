#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The strict look at a JSON text before cJSON reads it: base/json.h says what
 * is refused, and how.
 * Thread: any. Never blocks.
 */
int json_scan(const char *text, size_t len, struct err *err);

/* The text of a value, borrowed from the text around it. */
struct json_span {
    const char *text; /* NULL: there is none */
    size_t len;
};
/* Where the value of the first member of that name stands in an object, byte
 * for byte as it was sent; its numbers may have any digits. Looks no further,
 * so what stands behind it may be no JSON. False: the text is no object, or no
 * JSON up to there, or has no such member. */
bool json_find_member(const char *text, size_t len, const char *name,
                      struct json_span *span);
