#pragma once
#include <stddef.h>
/*
 * Base32 as RFC 4648, section 6, has it, without padding: what people type off
 * a screen.
 * Thread: any. Never blocks.
 */
/* Characters of so many bytes, NUL included. */
#define BASE32_TEXT(bytes) (((bytes)*8 + 4) / 5 + 1)

/* out holds BASE32_TEXT(len). Returns the length. */
size_t base32_encode(const void *bytes, size_t len, char *out);
