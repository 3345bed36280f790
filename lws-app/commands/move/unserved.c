#include "commands/move/unserved.h"
#include "base/mem.h"
#include "model/log/machine.h"

#include "base/banned.h"

int check_unserved(struct db *db, struct err *err)
{
    struct machine *machines;
    int count;

    if (!db_is_server(db))
        return 0;
    machines = mem_alloc(MACHINES_MAX * sizeof(*machines));
    if (!machines)
        return err_set(err, ERR_NOMEM, "out of memory");
    count = machine_list(db, MACHINE_SEEN_S, machines, err);
    if (count > 0)
        err_set(err, ERR_CONFLICT,
                "%s serves it, or did %d seconds ago: stop it, and wait as "
                "long",
                machines[0].name, MACHINE_SEEN_S);
    mem_free(machines);
    return count == 0 ? 0 : -1;
}
