#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * How many requests of each site wait for a time to pass, before anything is
 * done about them: so many at most. key: of flows_of_address().
 * Thread: loop thread only.
 */
#define DELAYS_PER_ADDRESS 8

struct delays {
    struct delay_site *sites; /* of whom some wait; NULL at first */
};

/* False: it must not wait too, or there is no memory. */
bool delays_take(struct delays *delays, uint64_t key);
/* What was taken. */
void delays_give_back(struct delays *delays, uint64_t key);
