#include "base/log.h"
#include "support/suite.h"

#include "base/banned.h"

int main(void)
{
    log_set_level(LOG_ERROR);
    return suites_run(0) > 0;
}
