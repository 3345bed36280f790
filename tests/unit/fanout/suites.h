#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/*
 * One function per file: runs its tests, returns how many failed.
 */
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

int hub_suite(void);
int hub_join_suite(void);
int hub_wake_suite(void);
int hub_memory_suite(void);
int hub_random_suite(void);
int market_suite(void);
int market_session_suite(void);
int market_feed_suite(void);
int market_remove_suite(void);
int market_save_suite(void);
int market_trades_suite(void);
int market_bars_suite(void);
int market_random_suite(void);
int pace_suite(void);
int split_suite(void);
int relay_suite(void);
int relay_redis_suite(void);
