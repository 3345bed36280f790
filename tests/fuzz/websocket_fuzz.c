#include "base/json.h"
#include "daemon.h"
#include "target.h"
#include "world.h"

#include "base/banned.h"

/*
 * Websocket frames to a real worker. The first byte: whose socket it is. Then
 * records, each ended by FE 00: a byte for the first one of the frame (FIN and
 * opcode), and its payload, which is framed and masked as a client must; one
 * that begins with FD is sent as it is, one with FC makes an order meanwhile.
 */
#define HANDSHAKE                                                              \
    "GET /data/stream/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"  \
    "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"   \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: orders\r\n"
#define ORDER                                                                  \
    "POST /api/data/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: "           \
    "Token " WORLD_TRADER "\r\nContent-Length: 48\r\n\r\n"                     \
    "{\"instrument\":\"A\",\"quantity\":\"1\",\"price\":\"2.5\"} "
#define HEAD_MAX 10 /* bytes of a frame before its payload */
#define RAW 0xfd
#define PLACE 0xfc

struct talk {
    struct peer socket;
    struct peer trader; /* who makes orders */
};

static void send_frame(struct peer *peer, const uint8_t *bytes, size_t len)
{
    static const char mask[4] = {'m', 'a', 's', 'k'};
    struct buf out;

    buf_init(&out, 1 << 20);
    buf_put_char(&out, (char)bytes[0]);
    bytes++;
    len--;
    if (len < 126) {
        buf_put_char(&out, (char)(0x80 | len));
    } else {
        buf_put_char(&out, (char)(0x80 | (len < 65536 ? 126 : 127)));
        for (int shift = len < 65536 ? 8 : 56; shift >= 0; shift -= 8)
            buf_put_char(&out, (char)(len >> shift));
    }
    buf_put(&out, mask, sizeof(mask));
    for (size_t i = 0; i < len; i++)
        buf_put_char(&out, (char)(bytes[i] ^ mask[i % 4]));
    peer_send(peer, out.data, out.len);
    buf_release(&out);
}

static void take_record(struct talk *talk, const uint8_t *bytes, size_t len)
{
    if (!len)
        return;
    if (bytes[0] == PLACE) {
        if (talk->trader.fd < 0)
            peer_open(&talk->trader);
        peer_send(&talk->trader, ORDER, strlen(ORDER));
    } else if (bytes[0] == RAW) {
        peer_send(&talk->socket, bytes + 1, len - 1);
    } else {
        send_frame(&talk->socket, bytes, len);
    }
    daemon_settle();
}

static void open_socket(struct talk *talk, uint8_t who)
{
    static const char *const logins[] = {
        "Authorization: Token " WORLD_TRADER "\r\n\r\n",
        "Authorization: Token " WORLD_BOSS "\r\n\r\n",
        "Authorization: Token " WORLD_READER "\r\n\r\n",
        "Cookie: sessionid=" WORLD_COOKIE "\r\n\r\n",
    };
    struct peer *peer = &talk->socket;

    peer_open(peer);
    peer_send(peer, HANDSHAKE, strlen(HANDSHAKE));
    peer_send(peer, logins[who % 4], strlen(logins[who % 4]));
    peer_wait(peer);
    must(!strncmp(buf_text(&peer->got), "HTTP/1.1 101 ", 13));
}

static void check_text(const char *text, size_t len)
{
    struct err err = ERR_INIT;
    cJSON *value = NULL;

    must(len <= 65536);
    /* A ref comes back as it was sent, with more digits than we read. */
    must(json_parse(text, len, &value, &err) == 0 || err.code == ERR_INVALID);
    must(!value || cJSON_IsObject(value));
    cJSON_Delete(value);
}

/* Frames as a server sends them; text is one JSON object, and none comes behind
 * a close. What has come of the
 * last one may be less than all of it. */
static void check_frames(const struct peer *peer)
{
    const char *start = strstr(buf_text(&peer->got), "\r\n\r\n");
    const uint8_t *at = (const uint8_t *)start + 4;
    const uint8_t *end = (const uint8_t *)peer->got.data + peer->got.len;
    bool closed = false;

    must(start != NULL);
    while (end - at >= HEAD_MAX) {
        size_t left = (size_t)(end - at);
        unsigned opcode = at[0] & 15;
        size_t len = at[1];
        size_t head = 2;

        must((at[0] & 0x70) == 0 && len < 128);
        must(opcode == 1 || opcode == 8 || opcode == 9 || opcode == 10);
        must(at[0] & 0x80);
        if (len == 126) {
            len = (size_t)at[2] << 8 | at[3];
            head = 4;
        } else if (len == 127) {
            len = (size_t)at[7] << 16 | (size_t)at[8] << 8 | at[9];
            head = 10;
        }
        if (left < head + len)
            return;
        /* RFC 6455, 5.5.1 */
        must(!closed || opcode != 1);
        closed = closed || opcode == 8;
        if (opcode == 1)
            check_text((const char *)at + head, len);
        at += head + len;
    }
}

static void converse(const uint8_t *data, size_t size)
{
    static struct talk talk;

    talk.socket.fd = talk.trader.fd = -1;
    open_socket(&talk, data[0]);
    data++;
    size--;
    while (size && !talk.socket.ended) {
        const uint8_t *end = memmem(data, size, "\xfe", 2);
        size_t len = end ? (size_t)(end - data) : size;

        take_record(&talk, data, len);
        data += len + (end ? 2 : 0);
        size -= len + (end ? 2 : 0);
    }
    daemon_settle();
    check_frames(&talk.socket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        daemon_talk(converse, data, size);
    return 0;
}
