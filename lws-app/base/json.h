#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * JSON out: written straight into a buffer, escaped, commas from what stands
 * before (after '{', '[', ':', a newline or at the start there is none). key
 * NULL writes an element of an array, or the outermost value. Text that is not
 * UTF-8 is written with U+FFFD in place of each bad byte; '<', '>', '&', U+2028
 * and U+2029 are written as \u escapes, so that JSON can stand inside HTML.
 *
 * JSON in: cJSON reads, after one scan of our own that refuses what cJSON
 * would let pass: bytes that are not UTF-8, more than 32 levels or 32768
 * values, a key twice in one object, \u0000, anything after the value, and a
 * number token of more than 15 significant digits (a double would bend it: send
 * a string). Thread: any. Never blocks.
 */
#define JSON_DEPTH_MAX 32
#define JSON_VALUES_MAX 32768 /* twice what 1,000 orders take */

void json_open(struct buf *out);                      /* { */
void json_open_key(struct buf *out, const char *key); /* "key":{ */
void json_close(struct buf *out);                     /* } */
void json_open_array(struct buf *out, const char *key);
void json_close_array(struct buf *out);
/* text NULL: null. */
void json_put_str(struct buf *out, const char *key, const char *text);
void json_put_str_len(struct buf *out, const char *key, const char *text,
                      size_t len);
void json_put_int(struct buf *out, const char *key, int64_t value);
void json_put_bool(struct buf *out, const char *key, bool value);
void json_put_null(struct buf *out, const char *key);
/* A decimal (base/decimal.h) as a string; a time as RFC 3339. */
void json_put_decimal(struct buf *out, const char *key, int64_t value);
void json_put_time(struct buf *out, const char *key, int64_t us);
/* raw: JSON already. */
void json_put_raw(struct buf *out, const char *key, const char *raw,
                  size_t len);
/* What json_parse() gave, written anew. */
void json_put_value(struct buf *out, const char *key, const cJSON *value);
/* {"price":["..."],...} under key: every field of err. */
void json_put_errors(struct buf *out, const char *key, const struct err *err);

/* *value: the caller's, for cJSON_Delete(). ERR_MALFORMED says what and at
 * which byte; a number with too many digits is ERR_INVALID under its field
 * ("1.price" inside an array of objects). ERR_NOMEM. */
int json_parse(const char *text, size_t len, cJSON **value, struct err *err);
/* A member of an object, by its exact name. NULL: there is none, or object is
 * none. */
const cJSON *json_get(const cJSON *object, const char *name);
/* A member that is a whole number from min to max, of what ("seconds"); *value
 * stays as it is where there is none. ERR_INVALID under its name. */
int json_get_whole(const cJSON *object, const char *name, int min, int max,
                   const char *what, int *value, struct err *err);
