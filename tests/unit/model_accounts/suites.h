#pragma once
#include "model/world.h"
/*
 * One suite per noun of the account half; each returns how many of its tests
 * failed.
 */
int password_suite(void);
int meta_suite(void);
int user_suite(void);
int user_query_suite(void);
int confirm_suite(void);
int session_suite(void);
int token_suite(void);
int ticket_suite(void);
int second_factor_suite(void);
int throttle_suite(void);
int audit_suite(void);
int purge_suite(void);
int fault_suite(void);
