#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The strict look at a JSON text before cJSON reads it: base/json.h says what
 * is refused, and how.
 * Thread: any. Never blocks.
 */
/* any_number: a number may have more digits than a double carries. */
int json_scan(const char *text, size_t len, bool any_number, struct err *err);
