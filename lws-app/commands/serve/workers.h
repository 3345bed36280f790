#pragma once
#include "base/err.h"
#include "commands/serve/listen.h"
#include "config.h"
/*
 * Several workers under a parent, which keeps their listening sockets, passes
 * signals on, starts a worker that died again, and ends when all have ended.
 * Workers die with it.
 * Thread: main, before any other thread exists. Blocks until the end.
 */
/* ready: called once, when every worker accepts. reload: called on SIGHUP, to
 * read *config anew; unless it fails (-1) the workers are replaced one by one,
 * each successor accepting on the same socket before the old one is told to
 * end. */
int workers_run(const struct config *config, const struct listeners *listeners,
                void (*ready)(void *arg), int (*reload)(void *arg), void *arg,
                struct err *err);
