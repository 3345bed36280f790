#pragma once
#include "base/err.h"
#include "protocols/host/flows.h"
#include "store/db.h"
#include "web/access/logins.h"
#include "web/answers.h"
/*
 * The look-ups that don't wait for a job, each by a key: the login behind a
 * request or a handshake, the login and the position behind an answer that is
 * kept; and whose turn a job takes. Where the database is a server there are no
 * look-ups, since the loop never waits for one: readers look up what it needs.
 * Thread: loop thread only.
 */
struct admission {
    struct db *db;           /* NULL: it is a server, as the next */
    struct logins *logins;   /* looked up by db */
    struct answers *answers; /* that may be sent again */
    struct flows *flows;
};

/* All or what there is: admission_close() in both cases. */
int admission_open(struct admission *admission, const char *database,
                   struct err *err);
void admission_close(struct admission *admission); /* safe on a zeroed one */
