#pragma once
#include <stddef.h>
#include <stdint.h>
/*
 * One-time codes that follow the clock: RFC 6238 with SHA-1, steps of 30 s and
 * 6 digits, which every authenticator app knows.
 * Thread: any. Never blocks.
 */
#define TOTP_SECRET 20 /* bytes; RFC 4226, section 4, R6 */
#define TOTP_STEP_S 30
#define TOTP_DIGITS 6
/* Clocks differ, and people type slowly: so many steps before and after. */
#define TOTP_WINDOW 1

int64_t totp_step(int64_t time_us);
void totp_code(const void *secret, size_t len, int64_t step,
               char code[TOTP_DIGITS + 1]);
/* The earliest step of the window around now, above after, that the code is
 * of; -1: there is none. code: TOTP_DIGITS characters. Takes as long whichever
 * it is. */
int64_t totp_match(const void *secret, size_t len, int64_t now, int64_t after,
                   const char *code);
