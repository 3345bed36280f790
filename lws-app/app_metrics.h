#pragma once
#include "protocols/host/server.h"
/*
 * Copies what the rooms count of themselves into the worker's metrics.
 * Thread: loop thread. app_count_store() looks at the file system too: once a
 * second is enough.
 */
void app_count_fanout(struct server *server);
void app_count_views(struct server *server);
void app_count_store(struct server *server);
/* What is known of the database server's standby (db_standby()) is what the
 * worker says from now on; a change is logged. */
void app_note_standby(struct server *server, int standby);
