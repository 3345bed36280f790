#pragma once
#include <stdbool.h>
/*
 * Those that end a daemon, or have it read its settings anew. Held, they wait:
 * between two loops they would end the process by themselves.
 * Thread: the loop's; all others block every signal.
 */
void signals_hold(void);
void signals_let_in(void);
/* Held: waits so long for one that ends the daemon. True: it has come, and is
 * not to be heard of again. */
bool signals_await_end(int wait_ms);
