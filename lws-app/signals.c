#include "signals.h"

#include <signal.h>
#include <time.h>

#include "base/banned.h"

static void set_mask(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(how, &set, NULL);
}

void signals_hold(void)
{
    set_mask(SIG_BLOCK);
}

void signals_let_in(void)
{
    set_mask(SIG_UNBLOCK);
}

bool signals_await_end(int wait_ms)
{
    const struct timespec wait = {.tv_sec = wait_ms / 1000,
                                  .tv_nsec = wait_ms % 1000 * 1000000L};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return sigtimedwait(&set, NULL, &wait) > 0;
}
