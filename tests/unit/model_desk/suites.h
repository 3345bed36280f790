#pragma once
#include "model/world.h"
/*
 * One suite per noun; each returns how many of its tests failed.
 */
int instrument_suite(void);
int kept_suite(void);
