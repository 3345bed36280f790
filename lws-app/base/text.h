#pragma once
#include "base/buf.h"
#include "base/utf8.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What people read: what of it shows nothing, and the one fold that every
 * search in the product uses (Unicode NFKC case folding; by utf8proc).
 * Thread: any. Never blocks.
 */
/* True where text holds a control character (Unicode Cc: C0, DEL, C1). */
bool text_has_control(const char *text, size_t len);
/* True where it holds a character that shows nothing, or changes the direction
 * of what is shown: two texts that look the same may differ by it (Unicode Cf,
 * Zl, Zp, what is default ignorable, and blanks that look like a space). */
bool text_has_hidden(const char *text, size_t len);
/* True where there is nothing but spaces, or nothing at all. */
bool text_is_blank(const char *text, size_t len);
/* Appends it as a terminal may show it: what that would obey, what shows
 * nothing and what is no UTF-8 as \xHH, byte by byte, and '\' as it is. */
void text_put_visible(struct buf *out, const char *text, size_t len);
/* Appends the folded text to out; ASCII takes a short way. Text that is not
 * UTF-8 is appended as it is. */
void text_fold(struct buf *out, const char *text, size_t len);
/* The needle must be folded already. An empty needle is in every text.
 * False also when memory runs out (a long text, or one beyond ASCII). */
bool text_contains(const char *text, size_t len, const char *folded_needle,
                   size_t needle_len);
