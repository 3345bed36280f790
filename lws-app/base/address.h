#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * IP addresses as bits, and sets of them as prefixes. IPv4 is kept mapped into
 * IPv6, so that both are one thing.
 * Thread: any. Never blocks.
 */
#define ADDRESS_TEXT_MAX 64

struct address {
    uint8_t bytes[16];
};
struct cidr {
    struct address base;
    int bits; /* of the 128 */
};

/* "192.0.2.1", "2001:db8::1", and as proxies write them: "[2001:db8::1]", with
 * a port behind. */
bool address_parse(const char *text, size_t len, struct address *address);
void address_format(const struct address *address, char text[ADDRESS_TEXT_MAX]);
bool address_is_loopback(const struct address *address);
/* What one client holds: the /64 of an IPv6 address, an IPv4 address itself. */
struct address address_site(const struct address *address);
/* The same as text, "2001:db8::/64" or "192.0.2.1"; what is no address stays as
 * it is. */
void address_site_text(const char *address, char text[ADDRESS_TEXT_MAX]);

/* "10.0.0.0/8", "2001:db8::/32", or one address. */
bool cidr_parse(const char *text, size_t len, struct cidr *cidr);
bool cidr_holds(const struct cidr *cidr, const struct address *address);
