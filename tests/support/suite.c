#include "support/suite.h"

#include "base/banned.h"

static struct suite *first, **end = &first;

void suite_add(struct suite *suite)
{
    *end = suite;
    end = &suite->next;
}

int suites_run(int number)
{
    int failed = 0;

    for (struct suite *suite = first; suite; suite = suite->next)
        failed += suite->number == number ? suite->run() : 0;
    return failed;
}
