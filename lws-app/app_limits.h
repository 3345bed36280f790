#pragma once
#include "config.h"
#include "web/access/call.h"
/* Fills web->limits from the settings. ERR_NOMEM. Thread: loop thread. */
int app_limits_open(struct web *web, const struct config *config, bool is_tls,
                    struct err *err);
