#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/*
 * What libFuzzer calls, and replay.c in its place. A target says what must hold
 * with must(), which stays in builds without assert().
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(holds) must_hold((holds), #holds, __FILE__, __LINE__)

static inline void must_hold(int holds, const char *text, const char *file,
                             int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: must hold: %s\n", file, line, text);
    abort();
}

/* A copy with a NUL behind it, in a block of its own size, so that a step
 * beyond its end is seen; for free(). */
static inline char *target_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    must(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* The next line of an input, without its end, as target_text(); NULL: there is
 * none. */
static inline char *target_line(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
    size_t len = end ? (size_t)(end - *data) : *size;
    char *text;

    if (!*size)
        return NULL;
    text = target_text(*data, len);
    *data += len;
    *size -= len;
    if (end) {
        (*data)++;
        (*size)--;
    }
    return text;
}
