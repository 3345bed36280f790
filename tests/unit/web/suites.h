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

int params_suite(void);
int datatables_suite(void);
int datatables_extensions_suite(void);
int datatables_fault_suite(void);
int list_query_suite(void);
int accept_suite(void);
int proxies_suite(void);
int limit_suite(void);
int quota_suite(void);
int routes_suite(void);
int roster_suite(void);
int figures_suite(void);
int http_suite(void);
int etag_suite(void);
int host_suite(void);
int credentials_suite(void);
