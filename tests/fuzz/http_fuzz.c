#include "daemon.h"
#include "target.h"
#include "web/access/admit.h"

#include "base/banned.h"

/*
 * HTTP as bytes on connections of a real worker: heads and bodies, pipelined,
 * cut anywhere. In an input the byte FE is followed by what to do: 00 sends
 * what stands before and lets the daemon deal with it, 01 goes on on the other
 * connection, 02 closes its half, 03 resets it; from 04 on what readers are to
 * do waits: 05 begins the next of it, 06 does it, 07 gives it up as late. 08
 * stands for more blanks than a stranger's body may have. Anything else is a
 * byte of the message.
 */
#define DO_SEND 0
#define DO_SWAP 1
#define DO_END 2
#define DO_RESET 3
#define DO_HOLD 4
#define DO_BEGIN_HELD 5
#define DO_END_HELD 6
#define DO_GIVE_UP_HELD 7
#define DO_FILL 8
#define FILL (WEB_STRANGER_BODY + 616) /* 17000 in all: 0x4268 */
#define DO_MARK 0xfe

struct talk {
    struct peer peers[2];
    size_t at; /* which of them */
    struct buf piece;
};

static void send_piece(struct talk *talk)
{
    struct peer *peer = &talk->peers[talk->at];

    if (talk->piece.len && peer->fd < 0)
        peer_open(peer);
    if (talk->piece.len)
        peer_send(peer, talk->piece.data, talk->piece.len);
    buf_clear(&talk->piece);
    daemon_settle();
}

static void act(struct talk *talk, uint8_t what)
{
    struct peer *peer = &talk->peers[talk->at];

    if (what == DO_FILL) {
        for (int i = 0; i < FILL; i++)
            buf_put_char(&talk->piece, ' ');
        return;
    }
    send_piece(talk);
    if (what == DO_SWAP)
        talk->at ^= 1;
    else if (what == DO_END && peer->fd >= 0)
        peer_half_close(peer);
    else if (what == DO_RESET && peer->fd >= 0)
        peer_reset(peer);
    else if (what == DO_HOLD)
        daemon_hold();
    else if (what == DO_BEGIN_HELD)
        daemon_begin_held();
    else if (what == DO_END_HELD || what == DO_GIVE_UP_HELD)
        daemon_end_held(what == DO_GIVE_UP_HELD);
    daemon_settle();
}

/* An answer is one, and never that something broke inside. */
static void check_answers(const struct peer *peer)
{
    /* Lines of its head: what was sent comes back within one line alone. */
    static const char broken[] = "HTTP/1.1 500 Internal Server Error\r\n";
    const char *text = buf_text(&peer->got);

    must(!peer->got.len ||
         !strncmp(text, "HTTP/1.", peer->got.len < 7 ? peer->got.len : 7));
    must(!memmem(text, peer->got.len, broken, strlen(broken)));
}

static void converse(const uint8_t *data, size_t size)
{
    static struct talk talk;

    talk.peers[0].fd = talk.peers[1].fd = -1;
    talk.at = 0;
    buf_init(&talk.piece, 1 << 20);
    for (size_t i = 0; i < size; i++) {
        if (data[i] == DO_MARK && i + 1 < size && data[i + 1] <= DO_FILL)
            act(&talk, data[++i]);
        else
            buf_put_char(&talk.piece, (char)data[i]);
    }
    send_piece(&talk);
    for (size_t i = 0; i < 2; i++) {
        if (talk.peers[i].fd >= 0)
            check_answers(&talk.peers[i]);
    }
    buf_release(&talk.piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    daemon_talk(converse, data, size);
    return 0;
}
