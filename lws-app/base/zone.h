#pragma once
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>
/*
 * Time zones by their names (Europe/Paris), as the system's own tables have
 * them (/usr/share/zoneinfo, of the package tzdata), whatever the zone of this
 * process is. Times are microseconds since 1970, UTC; a local time is one too,
 * of what the zone's clocks show, as if that were UTC.
 * Thread: any. zone_find() reads a file of some KiB at a zone's first use;
 * nothing else blocks.
 */
struct zone;

#define ZONE_NAME_MAX 64 /* bytes, NUL included */

/* *zone: for as long as the process lives; NULL is UTC. ERR_INVALID under field
 * for a name that is none, or whose table can't be read; ERR_NOMEM. */
int zone_find(const char *name, size_t len, const struct zone **zone,
              const char *field, struct err *err);
/* What the zone's clocks are ahead of UTC. */
int64_t zone_ahead_us(const struct zone *zone, int64_t us);
/* The first moment at which its clocks show local_us, or, where they skip that,
 * the one at which they do so. Of a midnight: where the day begins. */
int64_t zone_first_us(const struct zone *zone, int64_t local_us);
