#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * UTF-8: validity, and length in characters.
 * Thread: any. Never blocks.
 */
bool utf8_is_valid(const char *text, size_t len);
/* The length of the first character of text and which it is; 0 where text does
 * not begin with valid UTF-8. */
size_t utf8_char(const char *text, size_t len, uint32_t *point);
/* point: no surrogate, at most 0x10FFFF. Returns the length, 1 to 4. */
size_t utf8_encode(uint32_t point, char out[4]);
/* Characters (code points) of valid UTF-8. */
size_t utf8_count(const char *text, size_t len);
/* How many bytes at the start of text are ASCII. */
size_t utf8_ascii_run(const char *text, size_t len);
