#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* Needs those above it. */
#include <cmocka.h>
/*
 * A suite of tests, which its program runs because it is linked: a new one is
 * named in the list of sources, and nowhere else.
 *
 *   SUITE(clock)
 *   {
 *       static const struct CMUnitTest tests[] = {cmocka_unit_test(..)};
 *
 *       return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
 *   }
 *
 * They run in the order in which they are linked.
 */
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define SUITE(noun) SUITE_OF(0, noun)
/* Of a program that runs some of them apart: suites_run(number). */
#define SUITE_OF(number, noun)                                                 \
    static int noun##_suite(void);                                             \
    __attribute__((constructor)) static void add_##noun##_suite(void)          \
    {                                                                          \
        static struct suite suite = {number, noun##_suite, NULL};              \
                                                                               \
        suite_add(&suite);                                                     \
    }                                                                          \
    static int noun##_suite(void)

struct suite {
    int number;
    int (*run)(void); /* how many of its tests failed */
    struct suite *next;
};
void suite_add(struct suite *suite);
/* How many tests failed. */
int suites_run(int number);
