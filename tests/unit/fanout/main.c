#include "base/log.h"
#include "suites.h"

#include "base/banned.h"

int main(void)
{
    static int (*const suites[])(void) = {
        hub_suite,           hub_join_suite,
        hub_wake_suite,      hub_memory_suite,
        hub_random_suite,    market_suite,
        market_feed_suite,   market_save_suite,
        market_remove_suite, market_session_suite,
        market_trades_suite, market_bars_suite,
        market_random_suite, pace_suite,
        split_suite,         relay_suite,
        relay_redis_suite,
    };
    int failed = 0;

    log_set_level(LOG_ERROR);
    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        failed += suites[i]();
    return failed > 0;
}
