#include "protocols/host/admission.h"

#include "base/banned.h"

/* Some thousand pages of 25 orders. */
#define ANSWER_BYTES (32 * 1024 * 1024)

int admission_open(struct admission *admission, const char *database,
                   struct err *err)
{
    if (db_open(&admission->db, database, DB_READ, err) < 0 ||
        flows_new(&admission->flows, err) < 0)
        return -1;
    if (db_is_server(admission->db)) {
        db_close(admission->db);
        admission->db = NULL;
    } else {
        admission->logins = logins_new(admission->db);
    }
    admission->answers = answers_new(ANSWER_BYTES);
    if ((admission->db && !admission->logins) || !admission->answers)
        return err_set(err, ERR_NOMEM, "no memory for logins and answers");
    return 0;
}

void admission_close(struct admission *admission)
{
    answers_free(admission->answers);
    flows_free(admission->flows);
    logins_free(admission->logins);
    db_close(admission->db);
}
