#pragma once
#include "web/access/call.h"
/*
 * Which hosts and origins are ours, by the settings.
 * Thread: before threads run. Blocks on no name service.
 */
/* cors_origins: a setting; "": none. ERR_INVALID, field "cors_origins". */
int web_set_cors(struct web *web, const char *cors_origins, struct err *err);
/* public_url, allowed_hosts: settings, "" for their defaults; address and port:
 * what is listened on. is_tls must be set. */
int web_set_names(struct web *web, const char *public_url,
                  const char *allowed_hosts, const char *address, int port,
                  struct err *err);
