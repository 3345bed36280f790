#include "protocols/http.h"

#include "base/banned.h"

/* The mounts of the API and of health. */
const struct lws_protocols protocol_api = {
    .name = PROTOCOL_API,
    .callback = http_callback,
    .per_session_data_size = sizeof(struct http_slot),
    .tx_packet_size = SEND_MAX,
};
