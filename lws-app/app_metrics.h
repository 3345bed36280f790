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
/* Whether commits wait for a standby, as the worker says it from its start on;
 * a change, which app_count_fanout() sees, is logged. As db_has_standby(). */
int app_find_standby(struct server *server, struct db *db, struct err *err);
