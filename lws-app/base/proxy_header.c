#include "base/proxy_header.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

#define LINE_MAX_LEN 107 /* of version 1, with its end */
#define HEAD_LEN 16      /* of version 2: what tells how long the rest is */
#define V4_LEN 12        /* addresses and ports */
#define V6_LEN 36
#define TLV_SSL 0x20
#define TLV_HEAD 3
#define SSL_HEAD 5
#define SSL_CLIENT 0x01

enum family { FAMILY_V4 = 1, FAMILY_V6 = 2 };

static const char line_begin[] = "PROXY ";
static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The next word of a line; *len 0: there is none. */
static const char *next_word(const char **at, const char *end, size_t *len)
{
    const char *word = *at;
    const char *blank = memchr(word, ' ', (size_t)(end - word));

    *len = (size_t)((blank ? blank : end) - word);
    *at = blank ? blank + 1 : end;
    return word;
}

static bool is_port(const char *word, size_t len)
{
    int32_t port = 0;

    for (size_t i = 0; i < len && i < 6; i++) {
        if (word[i] < '0' || word[i] > '9')
            return false;
        port = port * 10 + (word[i] - '0');
    }
    return len > 0 && len < 6 && port <= UINT16_MAX;
}

static bool is_word(const char *text, size_t len, const char *wanted)
{
    return len == strlen(wanted) && !memcmp(text, wanted, len);
}

/* "TCP4 192.0.2.1 192.0.2.2 56324 443": who connects, to whom. */
static bool read_words(const char *at, const char *end,
                       struct proxy_header *header)
{
    size_t len;
    const char *word = next_word(&at, end, &len);
    struct address to;
    bool is_v6 = is_word(word, len, "TCP6");

    if (is_word(word, len, "UNKNOWN"))
        return true;
    if (!is_v6 && !is_word(word, len, "TCP4"))
        return false;
    word = next_word(&at, end, &len);
    if (!address_parse(word, len, &header->client) ||
        !memchr(word, is_v6 ? ':' : '.', len))
        return false;
    word = next_word(&at, end, &len);
    if (!address_parse(word, len, &to))
        return false;
    for (int i = 0; i < 2; i++) {
        word = next_word(&at, end, &len);
        if (!is_port(word, len))
            return false;
    }
    header->has_client = true;
    return at == end;
}

static ssize_t read_line(const char *text, size_t len,
                         struct proxy_header *header)
{
    size_t begin = sizeof(line_begin) - 1;
    const char *end = memchr(text, '\n', min(len, LINE_MAX_LEN));

    if (memcmp(text, line_begin, min(len, begin)) != 0)
        return -1;
    if (!end)
        return len < LINE_MAX_LEN ? 0 : -1;
    if (end < text + begin + 1 || end[-1] != '\r' ||
        !read_words(text + begin, end - 1, header))
        return -1;
    return end + 1 - text;
}

/* Of what stands behind the addresses. */
static bool says_https(const uint8_t *at, size_t len)
{
    while (len >= TLV_HEAD) {
        size_t size = (size_t)at[1] << 8 | at[2];

        if (size > len - TLV_HEAD)
            return false;
        if (at[0] == TLV_SSL && size >= SSL_HEAD)
            return at[TLV_HEAD] & SSL_CLIENT;
        at += TLV_HEAD + size;
        len -= TLV_HEAD + size;
    }
    return false;
}

static void set_v4(struct address *address, const uint8_t bytes[4])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    memcpy(address->bytes, mapped, sizeof(mapped));
    memcpy(address->bytes + sizeof(mapped), bytes, 4);
}

/* What a family that is none of the two says is skipped. */
static bool read_client(int family, const uint8_t *at, size_t len,
                        struct proxy_header *header)
{
    size_t used = family == FAMILY_V4 ? V4_LEN : V6_LEN;

    if (family != FAMILY_V4 && family != FAMILY_V6)
        return true;
    if (len < used)
        return false;
    if (family == FAMILY_V4)
        set_v4(&header->client, at);
    else
        memcpy(header->client.bytes, at, sizeof(header->client.bytes));
    header->has_client = true;
    header->is_https = says_https(at + used, len - used);
    return true;
}

static ssize_t read_binary(const uint8_t *at, size_t len,
                           struct proxy_header *header)
{
    size_t size;

    if (len < HEAD_LEN)
        return 0;
    size = (size_t)at[14] << 8 | at[15];
    /* Version 2, and LOCAL or PROXY. */
    if (at[12] >> 4 != 2 || (at[12] & 0x0f) > 1 ||
        size > PROXY_HEADER_MAX - HEAD_LEN)
        return -1;
    if (len < HEAD_LEN + size)
        return 0;
    if ((at[12] & 0x0f) == 1 &&
        !read_client(at[13] >> 4, at + HEAD_LEN, size, header))
        return -1;
    return (ssize_t)(HEAD_LEN + size);
}

ssize_t proxy_header_read(const void *bytes, size_t len,
                          struct proxy_header *header)
{
    memset(header, 0, sizeof(*header));
    if (!len)
        return 0;
    if (!memcmp(bytes, signature, min(len, sizeof(signature))))
        return read_binary(bytes, len, header);
    return read_line(bytes, len, header);
}
