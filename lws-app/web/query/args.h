#pragma once
#include "base/err.h"
#include "web/http/params.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * The arguments of a query, as the shape that their route names describes them
 * (web/schema/shapes.c): what is written there for people is what is checked
 * here. Thread: any. Never blocks.
 */
/* ERR_INVALID: every argument at fault by its name: unknown ones, those given
 * twice, and values that are not of their type, bounds or choices. "format",
 * "_" and ARG_ASKED_BY are left to others. */
int args_check(const struct params *args, const char *shape, struct err *err);

/* Of checked arguments; otherwise: what it is when it was not given. */
int64_t args_int(const struct params *args, const char *name,
                 int64_t otherwise);
/* Microseconds, of SHAPE_WHEN. */
int64_t args_time(const struct params *args, const char *name,
                  int64_t otherwise);
/* NULL: not given, or empty. */
const char *args_text(const struct params *args, const char *name);
/* 1, 0, or -1: not given. */
int args_bool(const struct params *args, const char *name);
