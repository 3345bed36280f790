#include "suites.h"

#include "base/banned.h"

int main(void)
{
    static int (*const suites[])(void) = {
        query_suite,       query_add_suite,    query_value_suite,
        query_match_suite, query_random_suite, query_cache_suite,
    };
    int failed = 0;

    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        failed += suites[i]();
    return failed > 0;
}
