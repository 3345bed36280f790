#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A file that holds a whole database:
 *   lws-app-database 1 10 0.3.0     its format, the schema's step, the release
 *   table user 7 id username ..     the highest id ever given out, the columns
 *   row 1 4:demo n ..               a value each: a number, bytes, or n
 *   end 17 1234 HASH                how many tables and rows; SHA-256, in hex,
 *                                   of all that stands before it
 * with one space between words. A name has none; bytes, which may be any,
 * come behind their length. It is read and written in one go, a part at a time.
 * Thread: main.
 */
#define MOVE_WORD_MAX 128 /* with its NUL */

struct move_writer;
/* A new file that others can't read. ERR_CONFLICT: it is there. */
int move_writer_open(struct move_writer **writer, const char *path, int step,
                     struct err *err);
void move_put_word(struct move_writer *writer, const char *word);
void move_put_number(struct move_writer *writer, int64_t number);
void move_put_bytes(struct move_writer *writer, const void *bytes, size_t len);
void move_put_null(struct move_writer *writer);
int move_end_line(struct move_writer *writer, struct err *err);
/* The last line, and all of it to the disk. */
int move_writer_end(struct move_writer *writer, int64_t tables, int64_t rows,
                    struct err *err);
/* NULL is fine. A file that was not ended is removed. */
void move_writer_close(struct move_writer *writer);

/* Each -1: the file can't be read, is damaged or cut off. */
struct move_reader;
/* *step: of the schema. */
int move_reader_open(struct move_reader **reader, const char *path, int *step,
                     struct err *err);
void move_reader_close(struct move_reader *reader); /* NULL is fine */
int move_fail_damaged(const struct move_reader *reader, struct err *err);
int move_get_word(struct move_reader *reader, char word[MOVE_WORD_MAX],
                  struct err *err);
int move_get_number(struct move_reader *reader, int64_t *number,
                    struct err *err);
/* A value of a row. Kept until move_clear(). */
struct move_value {
    bool is_null;
    int64_t number;
    size_t at; /* bytes: where move_bytes() has them */
    size_t len;
};
int move_get_value(struct move_reader *reader, char kind,
                   struct move_value *value, struct err *err);
const char *move_bytes(const struct move_reader *reader);
size_t move_kept(const struct move_reader *reader); /* how many */
void move_clear(struct move_reader *reader);
bool move_is_end_of_line(const struct move_reader *reader);
int move_check_end_of_line(struct move_reader *reader, struct err *err);
/* Behind the word "end": whether all of it came, unaltered. */
int move_reader_end(struct move_reader *reader, int64_t tables, int64_t rows,
                    struct err *err);
