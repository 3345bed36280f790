#pragma once
#include "protocols/host/server.h"
/*
 * Small jobs of the writer that nobody waits for.
 * Thread: loop thread only. Never blocks.
 */
/* Moves to the audit what was refused in minutes that are over. */
void upkeep_note_refusals(struct server *server);
/* Notes a login's use, at most once a minute. */
void upkeep_touch(struct server *server, int64_t session, int64_t token);
/* Deletes what has outlived its use, a little per job, until nothing is left;
 * events older than events_s, and rows of the audit older than audit_s. */
void upkeep_purge(struct server *server, int64_t events_s, int64_t audit_s);
