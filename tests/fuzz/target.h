#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/*
 * What libFuzzer calls, and replay.c in its place. A target says what must hold
 * with must(), which stays in builds without assert().
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(int holds)
{
    if (!holds)
        abort();
}
