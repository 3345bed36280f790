#pragma once
#include "base/err.h"
#include <stdint.h>
/*
 * How much each user has written in this UTC day, by requests to this worker,
 * and how much they may: in the log, for a disk that all share. As much again
 * may be asked for and not be written (refused, repeated, without a change),
 * since that takes the writer's time as well.
 * A struct quota that is NULL limits nobody and counts nothing.
 * Thread: any. Never blocks for longer than a look.
 */
struct quota;
struct quota_use {
    int64_t rows;
    int64_t bytes;
};

/* Of one user and day; 0: no limit. ERR_NOMEM. */
int quota_new(struct quota **quota, struct quota_use most, struct err *err);
void quota_free(struct quota *quota);
/* Adds it, unless it comes to more than may be: ERR_THROTTLED, until the day is
 * over. Nothing (0, 0): whether anything more may be asked for.
 * ERR_NOMEM. */
int quota_take(struct quota *quota, int64_t user, struct quota_use more,
               struct err *err);
/* Adds what was asked for and not written; bytes: of the request. Where there
 * is no memory for it nothing is counted. */
void quota_add_unwritten(struct quota *quota, int64_t user,
                         struct quota_use more);
/* What may be, what has been written so far, and what was not. */
struct quota_use quota_most(const struct quota *quota);
struct quota_use quota_used(struct quota *quota, int64_t user);
struct quota_use quota_unwritten(struct quota *quota, int64_t user);
/* When the next day begins. */
int64_t quota_until_us(void);
