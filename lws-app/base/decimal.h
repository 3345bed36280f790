#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Exact fixed-point numbers: an int64_t that counts 1e-8. The canonical text
 * has no exponent, no trailing zeros, no "+", no "-0": "338.67", "100", "-0.5".
 * Thread: any. Never blocks.
 */
#define DECIMAL_ONE INT64_C(100000000)
#define DECIMAL_SCALE 8
#define DECIMAL_TEXT_MAX 24 /* the longest text, with its NUL */

enum decimal_fault {
    DECIMAL_OK,
    DECIMAL_SYNTAX, /* not a plain decimal number */
    DECIMAL_FINE,   /* more than 8 decimals that are not zero */
    DECIMAL_RANGE,  /* beyond +-92233720368.54775807 */
};

/* Reads [-+]digits[.digits][e[+-]digits], all of text; an exponent is taken
 * (JSON numbers may carry one) as long as the value stays exact. */
enum decimal_fault decimal_parse(const char *text, size_t len, int64_t *value);
/* The number that the double's shortest text names. Of more than 8 decimals it
 * is rounded, half to even; *is_rounded then. */
enum decimal_fault decimal_from_double(double number, int64_t *value,
                                       bool *is_rounded);
/* "must be a number", ...: what to tell the person who typed it. */
const char *decimal_fault_text(enum decimal_fault fault);
/* Whether |a * b * c| is above limit (not negative), exactly. */
bool decimal_product_exceeds(int64_t a, int64_t b, int64_t c, int64_t limit);
/* Returns the length written, NUL not counted. */
size_t decimal_format(int64_t value, char text[DECIMAL_TEXT_MAX]);
