#pragma once
#include <stdbool.h>
#include <stddef.h>
/*
 * The inside of the log (base/log.h): lines on their way to standard error.
 * Thread: any.
 */
/* Takes a whole line, or counts it as dropped. False: no thread writes, so that
 * the caller has to. */
bool log_queue_put(const char *line, size_t len);
/* The line that tells how many were dropped. Returns its length. */
size_t log_queue_tell(char *out, size_t max, long long lines);
#define LOG_LINE_MAX 2048 /* below PIPE_BUF: lines of processes don't mix */
