#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A file of rows as its lines, in UTF-8, whatever it is written in. Holds some
 * lines at a time, never the file.
 * Thread: the caller's. Blocks on the file.
 */
#define IMPORT_LINE_MAX (64 * 1024) /* bytes of a line, as UTF-8 */

enum import_format { IMPORT_BY_NAME, IMPORT_CSV, IMPORT_NDJSON };

struct import_file;
/* path: "-" is standard input. format: IMPORT_BY_NAME goes by the path's ending
 * (.csv, .tsv; .ndjson, .jsonl; in any case), and standard input is
 * NDJSON. encoding: utf-8, utf-16, utf-16le, utf-16be, latin1 or windows-1252;
 * NULL: by the mark at its beginning, else UTF-8. */
int import_file_open(struct import_file **file, const char *path,
                     enum import_format format, const char *encoding,
                     struct err *err);
/* The same of what is in memory, borrowed, in UTF-8. format: not by name. */
int import_file_open_text(struct import_file **file, const char *text,
                          size_t len, enum import_format format,
                          struct err *err);
void import_file_close(struct import_file *file); /* NULL is fine */
bool import_file_is_csv(const struct import_file *file);
/* The number of the line that comes next, from 1. */
int64_t import_file_line(const struct import_file *file);
/* Waits until the next line can be read at once, or what is there of it, at
 * most so long; -1: without end. False: nothing of it is there. */
bool import_file_wait(const struct import_file *file, int ms);
/* 1: *text is the next line with its end, borrowed until the next call. Of CSV,
 * a line may end in CR alone. 0: the end. ERR_MALFORMED, ERR_UNAVAILABLE. */
int import_file_next(struct import_file *file, const char **text, size_t *len,
                     struct err *err);
