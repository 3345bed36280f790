#pragma once
#include "base/err.h"
/*
 * Fair turns between the processes that write to one database: a lock on a
 * file beside it, with a second "next" lock in front, so that a busy writer
 * can't take its turn again at once while another waits. File locks, so that
 * they go with a process that dies.
 * Thread: one turn object per thread. turn_take() blocks until the turn comes.
 */
struct turn;
/* database: the path of the database; the lock file is "<database>-turn". For
 * ":memory:" every turn is free. */
int turn_open(struct turn **turn, const char *database, struct err *err);
void turn_close(struct turn *turn); /* NULL is fine */
int turn_take(struct turn *turn, struct err *err);
void turn_give(struct turn *turn); /* nothing to do when not taken */
