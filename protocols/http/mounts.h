#pragma once
#include <libwebsockets.h>
#include <stdbool.h>
/*
 * What is served where: the protocols of the mounts, which are one but for
 * their names.
 */
extern const struct lws_protocols protocol_api, protocol_pages;
extern const struct lws_http_mount *const http_mounts;
/* What every response carries, those that lws makes by itself included. */
const struct lws_protocol_vhost_options *http_headers(bool is_tls);
