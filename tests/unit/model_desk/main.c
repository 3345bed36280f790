#include "suites.h"

#include "base/banned.h"

int main(void)
{
    static int (*const suites[])(void) = {instrument_suite, kept_suite};
    int failed = 0;

    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        failed += suites[i]();
    return failed > 0;
}
