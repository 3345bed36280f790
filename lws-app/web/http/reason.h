#pragma once
/*
 * The phrase behind a status (RFC 9110, 15; RFC 6585), for every status that
 * this program answers with.
 * Thread: any. Never blocks.
 */
const char *http_reason(int status);
