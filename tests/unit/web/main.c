#include "suites.h"

#include "base/banned.h"

int main(void)
{
    static int (*const suites[])(void) = {
        params_suite,
        datatables_suite,
        datatables_extensions_suite,
        datatables_fault_suite,
        list_query_suite,
        accept_suite,
        proxies_suite,
        limit_suite,
        quota_suite,
        roster_suite,
        figures_suite,
        http_suite,
        etag_suite,
        host_suite,
        credentials_suite,
    };
    int failed = 0;

    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        failed += suites[i]();
    return failed > 0;
}
