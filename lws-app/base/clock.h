#pragma once
#include <stddef.h>
#include <stdint.h>
/*
 * Time. UTC as int64_t microseconds since 1970 for what is stored and shown,
 * the monotonic clock for timers and durations.
 * Thread: any. Never blocks.
 */
#define CLOCK_TEXT_MAX 28 /* "2026-01-31T23:59:59.123456Z" and its NUL */
#define CLOCK_S INT64_C(1000000)

int64_t clock_now_us(void);  /* UTC, shifted by clock_shift_us() */
int64_t clock_mono_us(void); /* from an arbitrary start; shifted likewise */
/* Processor time of the calling thread; ten times as dear as the others. */
int64_t clock_thread_us(void);
/* RFC 3339 with microseconds and Z. Returns the length, NUL not counted. Years
 * 0000 to 9999; others are clamped. */
size_t clock_format(int64_t us, char text[CLOCK_TEXT_MAX]);
/* Reads an RFC 3339 time (any fraction up to 9 digits, cut to microseconds; Z
 * or an offset; 'T' or a space) or a plain date. 0, or -1. */
int clock_parse(const char *text, size_t len, int64_t *us);
/* Days from 1970-01-01 to a date of the years 0000 to 9999, and the year of a
 * day; beyond them: of the nearest one. */
int64_t clock_day(int year, int month, int day);
int clock_year(int64_t day);
/* Tests only: moves both clocks of this process. */
void clock_shift_us(int64_t us);
/* Of all those moves the sum, for times that other machines tell. */
int64_t clock_shifted_us(void);
