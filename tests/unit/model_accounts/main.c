#include "model/database.h"
#include "suites.h"

#include "base/banned.h"

int main(void)
{
    static int (*const suites[])(void) = {
        password_suite,   meta_suite,  user_suite,   confirm_suite,
        session_suite,    token_suite, ticket_suite, second_factor_suite,
        throttle_suite,   audit_suite, purge_suite,  fault_suite,
        user_query_suite,
    };
    int failed = 0;

    for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
        /* It counts on the words of SQLite. */
        if (suites[i] != fault_suite || !database_is_on_server())
            failed += suites[i]();
    }
    return failed > 0;
}
