#pragma once
#include "support/by_hand.h"
#include <stddef.h>
#include <stdint.h>
/*
 * Random rows and random filters, of few words, so that many are alike.
 */
/* From LWSAPP_TEST_SEED, or else from this; says which. */
void random_begin(uint64_t usual);
uint64_t random_seed(void);
size_t random_pick(size_t n); /* below n */
#define RANDOM_PICK(list) list[random_pick(sizeof(list) / sizeof((list)[0]))]

const char *random_instrument(void);
const char *random_number(void); /* a decimal as it is stored */
const char *random_client(void);
const char *random_status(void);

struct ideas {
    size_t count;
    struct idea of[IDEAS_MAX];
};
/* At most so many at the top, and what is in them. */
void random_ideas(struct ideas *ideas, size_t most);
