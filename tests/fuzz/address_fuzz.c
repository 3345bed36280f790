#include "base/address.h"
#include "target.h"

#include "base/banned.h"

static void check_address(const char *text, size_t len)
{
    struct address address;
    struct address again;
    char canonical[ADDRESS_TEXT_MAX];
    char site[ADDRESS_TEXT_MAX];

    if (!address_parse(text, len, &address))
        return;
    address_format(&address, canonical);
    must(address_parse(canonical, strlen(canonical), &again));
    must(!memcmp(&address, &again, sizeof(address)));
    again = address_site(&address);
    must(!memcmp(again.bytes, address.bytes, 8));
    address_site_text(canonical, site);
    must(strlen(site) < ADDRESS_TEXT_MAX);
}

static void check_prefix(const char *text, size_t len)
{
    struct cidr cidr;

    if (!cidr_parse(text, len, &cidr))
        return;
    must(cidr.bits >= 0 && cidr.bits <= 128);
    must(cidr_holds(&cidr, &cidr.base));
    if (cidr.bits > 0) {
        int last = cidr.bits - 1;
        struct address outside = cidr.base;

        outside.bytes[last / 8] ^= (uint8_t)(0x80 >> last % 8);
        must(!cidr_holds(&cidr, &outside));
    }
}

/* What is read is written in one form, and that is read as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = target_text(data, size);
    char site[ADDRESS_TEXT_MAX];

    check_address(text, size);
    check_prefix(text, size);
    address_site_text(text, site);
    must(strlen(site) < ADDRESS_TEXT_MAX);
    free(text);
    return 0;
}
