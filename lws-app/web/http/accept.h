#pragma once
#include <stdbool.h>
/*
 * What a client wants to be answered with (RFC 9110, section 12.5).
 * Thread: any. Never blocks.
 */
/* How much it wants a content type ("text/html"), 0 (not at all) to 1000. The
 * most exact of the ranges that fit counts; parameters other than q are not
 * looked at, and a range that can't be read is left out. header NULL or empty:
 * 1000 for all. */
int accept_quality(const char *header, const char *type);
/* Whether it takes a content coding (section 12.5.3): one that it names, or *,
 * with a q that is not 0. header NULL: none. */
bool accept_takes_coding(const char *header, const char *coding);
/* Only where it says so: a page for a browser, JSON for all the others. */
bool accept_prefers_html(const char *header);
