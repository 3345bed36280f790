#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * For every three bytes in a row, the slots whose text has them: a needle's
 * triples name the few rows worth a look. Triples share a list where their
 * hashes do, so a slot that is named need not have the needle; one that has it
 * is always named.
 * A list is a run of steps from one slot to the next, seven bits to a byte: one
 * or two bytes per slot.
 * Thread: its owner's. Never blocks.
 */
#define ORDER_GRAM 3 /* bytes of a triple: a shorter needle has none */

struct order_gram_list {
    uint8_t *steps;
    uint32_t len;
    uint32_t cap;
    uint32_t last; /* slot + 1; 0: none yet */
    uint32_t count;
};
struct order_grams {
    struct order_gram_list *lists; /* NULL: none yet */
    unsigned bits;                 /* 2 to this many lists */
    size_t bytes;
};

/* slots: about as many are expected. False: no memory. */
bool order_grams_init(struct order_grams *grams, size_t slots);
void order_grams_release(struct order_grams *grams); /* safe twice */
/* slot: above every one before it. Triples with a NUL are left out. False: no
 * memory; grams is of no more use then. */
bool order_grams_add(struct order_grams *grams, uint32_t slot, const char *text,
                     size_t len);
/* How many slots the needle's rarest triple names. len >= ORDER_GRAM. */
size_t order_grams_rarest(const struct order_grams *grams, const char *needle,
                          size_t len);
/* Those named by all of its triples, ascending; out has room for
 * order_grams_rarest() of them. Returns how many. */
size_t order_grams_find(const struct order_grams *grams, const char *needle,
                        size_t len, uint32_t *out);
