#pragma once
#include <stddef.h>
/*
 * The passwords that most people use, of 8 characters or more, in lower case:
 * the first bytes of each one's SHA-256, in order. Built in, from npm, by
 * scripts/embed-passwords.mjs.
 */
#define PASSWORD_LIST_BYTES 6
extern const unsigned char password_list[];
extern const size_t password_list_count;
