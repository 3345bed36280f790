#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/*
 * One suite per noun of the room; each returns how many of its tests failed.
 */
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

int err_suite(void);
int mem_suite(void);
int buf_suite(void);
int decimal_suite(void);
int clock_suite(void);
int log_suite(void);
int log_queue_suite(void);
int json_suite(void);
int json_parse_suite(void);
int secret_suite(void);
int secret_file_suite(void);
int smallest_suite(void);
int symbols_suite(void);
int tick_suite(void);
int totp_suite(void);
int zone_suite(void);
int text_suite(void);
int address_suite(void);
int proxy_header_suite(void);
