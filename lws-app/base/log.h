#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * One line per happening on standard error: time, level, a dotted event name,
 * then key=value. error: someone must act; warn: served worse; info: start,
 * stop, one line per request; debug: off in production. Never a password,
 * cookie, token or body. Control characters in values are shown escaped.
 * Thread: any; a line is one write(2), or, from log_start() to log_stop(), put
 * into a queue, which never waits for whoever reads the log.
 */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* A value from outside, in double quotes, so that it can't pass for other keys;
 * a quote or backslash in it behind a backslash, cut where out is full. */
#define LOG_QUOTED_MAX 1024
const char *log_quoted(char out[LOG_QUOTED_MAX], const char *text);

void log_set_level(enum log_level level); /* LOG_INFO until set */
bool log_is_on(enum log_level level);
int log_level_parse(const char *name, enum log_level *level); /* 0 or -1 */
void log_write(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* From now on a thread writes the lines, in the order of their happening: a
 * pipe that nobody reads, a stopped terminal or a full disk holds up nobody
 * else. What finds no room is dropped, counted, and told of by one line where
 * it would have been (log.dropped). A crash waits for the thread, not for long.
 * A forked process writes by itself until it calls log_start(). Main thread. */
int log_start(struct err *err);
/* Ends the thread once all is written: 0, and who logs writes by himself again.
 * Or, where it is stuck in a write for wait_ms, lets it go on: -1. Whoever
 * would write to standard error now would wait, at the end of the process too.
 * Main thread. */
int log_stop(int wait_ms);
#define LOG_STOP_MS 2000   /* at the end, and before a fork */
int64_t log_dropped(void); /* lines of this process */

/* Of a line that may come with every request: whether it is to be written now,
 * which is so once a second, and how many were not since the last that was. One
 * of these, zeroed, for each such line. */
struct log_pace {
    _Atomic int64_t said_us; /* monotonic; 0: never */
    _Atomic uint64_t left_out;
};
bool log_is_due(struct log_pace *pace, uint64_t *left_out);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)
