#pragma once
#include "base/err.h"
/*
 * One daemon per database that is a file: a record lock on "<database>-lock",
 * which belongs to the process alone (workers don't inherit it) and goes with
 * it.
 */
/* *fd: to be closed at the end; -1: a server, which takes many daemons.
 * ERR_INVALID, field "database", when another process has it. */
int lock_database(const char *database, int *fd, struct err *err);
