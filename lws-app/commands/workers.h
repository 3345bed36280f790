#pragma once
#include "base/err.h"
#include "commands/listen.h"
#include "config.h"
/*
 * Several workers under a parent, which keeps their listening sockets, passes
 * signals on, starts a worker that died again, and ends when all have ended.
 * Workers die with it.
 * Thread: main, before any other thread exists. Blocks until the end.
 */
/* ready: called once, when every worker accepts. */
int workers_run(const struct config *config, const struct listeners *listeners,
                void (*ready)(void *arg), void *arg, struct err *err);
