#include "protocols/http.h"

#include "base/banned.h"

/* The mounts of the pages and their files. */
const struct lws_protocols protocol_pages = {
    .name = "pages",
    .callback = http_callback,
    .per_session_data_size = sizeof(struct http_slot),
    .tx_packet_size = SEND_MAX,
};

static const struct lws_http_mount mount_api = {
    .mountpoint = "/api",
    .mountpoint_len = 4,
    .origin = "callback://api",
    .origin_protocol = LWSMPRO_CALLBACK,
    .protocol = "api",
};

static const struct lws_http_mount mount_pages = {
    .mount_next = &mount_api,
    .mountpoint = "/",
    .mountpoint_len = 1,
    .origin = "callback://pages",
    .origin_protocol = LWSMPRO_CALLBACK,
    .protocol = "pages",
};

const struct lws_http_mount *const server_mounts = &mount_pages;
