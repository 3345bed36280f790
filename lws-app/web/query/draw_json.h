#pragma once
#include "base/err.h"
#include "web/http/params.h"
#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A draw as JSON, and its number where nothing else of it can be read: without
 * that DataTables waits for ever. Thread: any. Never blocks.
 */
/* A GET with submitAs: 'json' has the whole object as its query string, which
 * the splitting at '=' may have cut. NULL: there is none. */
const struct param *draw_json_find(const struct params *params);
/* *draw: its number, where it can't be parsed. Errors as json_parse(). */
int draw_json_parse(const struct param *param, cJSON **json, int64_t *draw,
                    struct err *err);
/* 0: it has none. */
int64_t draw_json_number(const cJSON *body);
/* Of a form or JSON that can't be read as a whole (too deep, say), and ends in
 * NUL; 0: none. */
int64_t draw_number_in(const char *text, size_t len);
