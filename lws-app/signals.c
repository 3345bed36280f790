#include "signals.h"

#include <signal.h>

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
