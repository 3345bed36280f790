#include "base/process.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/banned.h"

void process_seal(void)
{
    static const struct rlimit none = {0, 0};

    /* The limit alone says nothing to a core_pattern that is a pipe. */
    if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
        log_warn("process.not_sealed", "error=\"%s\"", strerror(errno));
}
