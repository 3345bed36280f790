#include "base/base32.h"

#include <stdint.h>

#include "base/banned.h"

size_t base32_encode(const void *bytes, size_t len, char *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const uint8_t *in = bytes;
    size_t n = 0;
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | in[i];
        held += 8;
        while (held >= 5) {
            held -= 5;
            out[n++] = alphabet[bits >> held & 31];
        }
    }
    if (held > 0)
        out[n++] = alphabet[bits << (5 - held) & 31];
    out[n] = '\0';
    return n;
}
