#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_v4(const struct address *address)
{
    return !memcmp(address->bytes, mapped, sizeof(mapped));
}

static bool parse_plain(const char *text, size_t len, struct address *address)
{
    char copy[INET6_ADDRSTRLEN];

    if (len == 0 || len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    memcpy(address->bytes, mapped, sizeof(mapped));
    return inet_pton(AF_INET, copy, address->bytes + sizeof(mapped)) == 1 ||
           inet_pton(AF_INET6, copy, address->bytes) == 1;
}

static bool is_port(const char *text, size_t len)
{
    if (len < 2 || len > 6 || *text != ':')
        return false;
    for (size_t i = 1; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return true;
}

bool address_parse(const char *text, size_t len, struct address *address)
{
    const char *end;
    size_t left;

    if (parse_plain(text, len, address))
        return true;
    if (len && *text == '[') {
        end = memchr(text, ']', len);
        if (!end)
            return false;
        left = len - (size_t)(end + 1 - text);
        return (!left || is_port(end + 1, left)) &&
               parse_plain(text + 1, (size_t)(end - text) - 1, address) &&
               memchr(text, ':', (size_t)(end - text));
    }
    end = memchr(text, ':', len);
    return end && is_port(end, len - (size_t)(end - text)) &&
           parse_plain(text, (size_t)(end - text), address);
}

void address_format(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    if (is_v4(address))
        inet_ntop(AF_INET, address->bytes + sizeof(mapped), text,
                  ADDRESS_TEXT_MAX);
    else
        inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT_MAX);
}

bool address_is_loopback(const struct address *address)
{
    static const uint8_t one[16] = {[15] = 1};

    return is_v4(address) ? address->bytes[12] == 127
                          : !memcmp(address->bytes, one, sizeof(one));
}

struct address address_site(const struct address *address)
{
    struct address site = *address;

    if (!is_v4(address))
        memset(site.bytes + 8, 0, 8);
    return site;
}

void address_site_text(const char *address, char text[ADDRESS_TEXT_MAX])
{
    struct address bits;
    size_t len;

    if (!address_parse(address, strlen(address), &bits) || is_v4(&bits)) {
        snprintf(text, ADDRESS_TEXT_MAX, "%s", address);
        return;
    }
    bits = address_site(&bits);
    address_format(&bits, text);
    len = strlen(text);
    snprintf(text + len, ADDRESS_TEXT_MAX - len, "/64");
}

bool cidr_parse(const char *text, size_t len, struct cidr *cidr)
{
    const char *slash = memchr(text, '/', len);
    size_t plain = slash ? (size_t)(slash - text) : len;
    int bits = 0;
    int width;

    if (!parse_plain(text, plain, &cidr->base))
        return false;
    width = memchr(text, ':', plain) ? 128 : 32;
    cidr->bits = 128;
    if (!slash)
        return true;
    if (len - plain < 2 || len - plain > 4)
        return false;
    for (const char *c = slash + 1; c < text + len; c++) {
        if (*c < '0' || *c > '9')
            return false;
        bits = bits * 10 + *c - '0';
    }
    cidr->bits = 128 - width + bits;
    return bits <= width;
}

bool cidr_holds(const struct cidr *cidr, const struct address *address)
{
    size_t whole = (size_t)cidr->bits / 8;
    int rest = cidr->bits % 8;

    if (memcmp(cidr->base.bytes, address->bytes, whole) != 0)
        return false;
    return !rest ||
           (cidr->base.bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}
