#include "support/suite.h"

#include "base/banned.h"

int main(void)
{
    return suites_run(0) > 0;
}
