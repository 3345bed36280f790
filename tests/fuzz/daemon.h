#pragma once
#include "base/buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A whole worker inside the fuzzer, with its threads and its database in a
 * temporary folder, whose loop the target turns: what is sent is dealt with
 * before the next piece leaves, so that the same input does the same. Begun
 * anew after some thousand inputs, which shows that it also ends cleanly.
 */
struct peer {
    int fd; /* -1: not connected */
    bool ended;
    struct buf got; /* all that the daemon has sent */
};

/* Runs talk on the loop's thread and returns when it is done; then a plain
 * client must still be served, and no connection be left. */
void daemon_talk(void (*talk)(const uint8_t *data, size_t size),
                 const uint8_t *data, size_t size);

/* In there. What the peer does not take at once is sent as it does. */
void peer_open(struct peer *peer);
void peer_send(struct peer *peer, const void *bytes, size_t len);
void peer_half_close(struct peer *peer);
void peer_reset(struct peer *peer);
/* Turns the loop until the daemon has nothing more to do and to say, as far as
 * can be seen: a busy kernel may still hold some. */
void daemon_settle(void);
/* Turns it until the peer has got something, or it has ended. */
void peer_wait(struct peer *peer);

/* From here on to the end of talk, what has to be looked up is, as on a server,
 * by readers; and what readers are to do waits for its turn. */
void daemon_hold(void);
/* The one that waits longest and was not begun is: nobody takes it back. */
void daemon_begin_held(void);
/* The one that waits longest is done. is_late: it has waited for too long. */
void daemon_end_held(bool is_late);
