#include "protocols/http/upgrade.h"
#include "protocols/host/server.h"
#include "protocols/http/send.h"
#include "protocols/http/wire.h"
#include "web/http/framing.h"

#include <string.h>

#include "base/banned.h"

/* 16 bytes in base64. */
#define KEY_LEN 24
/* What lws has room for, of its lists. */
#define LIST_MAX 126
/* Of the shorter headers. */
#define TEXT_MAX 256

static bool is_key(const char *key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

    return strlen(key) == KEY_LEN && strspn(key, digits) == KEY_LEN - 2 &&
           !strcmp(key + KEY_LEN - 2, "==");
}

/* Java's client says that there is none by a length of 0. */
static bool has_length(struct lws *wsi)
{
    char text[TEXT_MAX];
    const char *length =
        wire_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));

    return wire_has_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) &&
           (!length || strcmp(length, "0") != 0);
}

static int check_request(struct lws *wsi, struct err *err)
{
    char text[TEXT_MAX];
    char *uri;
    int uri_len;
    const char *version = wire_header(wsi, WSI_TOKEN_HTTP, text, sizeof(text));

    if (lws_http_get_uri_and_method(wsi, &uri, &uri_len) != LWSHUMETH_GET)
        return err_set(err, ERR_METHOD, "a websocket handshake must use GET");
    if (!version || strcmp(version, "HTTP/1.1") != 0)
        return err_set(err, ERR_MALFORMED,
                       "a websocket handshake must use HTTP/1.1");
    if (has_length(wsi) ||
        wire_has_header(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING))
        return err_set(err, ERR_MALFORMED,
                       "a websocket's handshake has no body");
    return 0;
}

static int check_connection(struct lws *wsi, struct err *err)
{
    char list[LIST_MAX + 1];
    const char *connection =
        wire_header(wsi, WSI_TOKEN_CONNECTION, list, sizeof(list));

    if (connection && token_is_listed(connection, "upgrade"))
        return 0;
    return err_set(err, ERR_UPGRADE,
                   "the Connection header does not name upgrade; does a proxy "
                   "in between leave it out?");
}

static int check_version(struct lws *wsi, struct err *err)
{
    char text[TEXT_MAX];
    const char *version =
        wire_header(wsi, WSI_TOKEN_VERSION, text, sizeof(text));
    const char *key;

    if (!version || strcmp(version, "13") != 0)
        return err_set(err, ERR_UPGRADE,
                       "the only Sec-WebSocket-Version supported is 13");
    key = wire_header(wsi, WSI_TOKEN_KEY, text, sizeof(text));
    if (!key || !is_key(key))
        return err_set(err, ERR_MALFORMED,
                       "Sec-WebSocket-Key must be 16 bytes in base64");
    return 0;
}

/* No such header is taken for orders: see context_open(). One that is there
 * names at least one (RFC 6455, 4.3). */
static int check_subprotocol(struct lws *wsi, struct err *err)
{
    char list[LIST_MAX + 1];
    const char *offered;

    if (!wire_has_header(wsi, WSI_TOKEN_PROTOCOL))
        return 0;
    offered = wire_header(wsi, WSI_TOKEN_PROTOCOL, list, sizeof(list));
    if (offered && (token_is_listed(offered, PROTOCOL_ORDERS) ||
                    token_is_listed(offered, PROTOCOL_MARKET)))
        return 0;
    return err_set(err, ERR_MALFORMED,
                   "the subprotocols supported here are " PROTOCOL_ORDERS
                   " and " PROTOCOL_MARKET);
}

int upgrade_confirm(struct lws *wsi)
{
    struct err err = ERR_INIT;

    if (check_connection(wsi, &err) == 0 && check_request(wsi, &err) == 0 &&
        check_version(wsi, &err) == 0 && check_subprotocol(wsi, &err) == 0)
        return 0;
    send_refusal(wsi, &err);
    return -1;
}
