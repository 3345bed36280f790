#include "suites.h"

#include "base/banned.h"

int main(void)
{
    static int (*const suites[])(void) = {
        err_suite,        mem_suite,      buf_suite,          decimal_suite,
        clock_suite,      log_suite,      log_queue_suite,    json_suite,
        json_parse_suite, secret_suite,   secret_file_suite,  symbols_suite,
        tick_suite,       totp_suite,     zone_suite,         text_suite,
        address_suite,    smallest_suite, proxy_header_suite,
    };
    int failed = 0;

    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        failed += suites[i]();
    return failed > 0;
}
