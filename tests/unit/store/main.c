#include "suites.h"

#include "base/banned.h"

int main(void)
{
    static int (*const suites[])(void) = {
        statement_suite, transaction_suite,  function_suite, file_suite,
        migrate_suite,   turn_suite,         jobs_suite,     fair_queue_suite,
        writer_suite,    writer_fault_suite, readers_suite,
    };
    int failed = 0;

    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        failed += suites[i]();
    return failed > 0;
}
