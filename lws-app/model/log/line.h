#pragma once
#include <stddef.h>
#include <stdint.h>
/*
 * Reads one line of the outbox: a letter, then words with one space between
 * them, then a newline. Nothing is copied.
 * Thread: any. Never blocks.
 */
struct line {
    const char *at;   /* what is still unread */
    const char *end;  /* the newline */
    const char *next; /* behind it */
};

/* All return -1 where the line is not as asked. */
int line_open(struct line *line, const char *text, const char *end, char tag);
int line_word(struct line *line, const char **word, size_t *len);
int line_int(struct line *line, int64_t *value); /* 0 or more, digits only */
const char *line_rest(struct line *line, size_t *len);
