#pragma once
#include "web/access/call.h"
/*
 * Orders from a file that staff sends: POST /api/data/import/, read as
 * `lws-app import` reads files.
 * Thread: the writer's.
 */
handler_fn orders_import;
