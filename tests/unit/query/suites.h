#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/*
 * One suite per noun of the room; each returns how many of its tests failed.
 */
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

int query_suite(void);
int query_add_suite(void);
int query_value_suite(void);
int query_match_suite(void);
int query_random_suite(void);
int query_cache_suite(void);
