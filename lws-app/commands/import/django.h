#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/accounts/user.h"
#include "model/orders/order.h"
#include "store/db.h"
#include <stddef.h>
#include <stdint.h>
/*
 * The tables of the Django application that this one takes the place of:
 * auth_user with the rights of the model generic.Data, and generic_data. They
 * are read from a file of their own, in order of id.
 * Thread: the caller's. Blocks on the database.
 */
struct django_user {
    int64_t id;
    struct user user;     /* password "!": none that can be verified */
    char algorithm[32];   /* of a hash that was left behind, else "" */
    struct err fault;     /* fields that are no user's */
    bool is_default;      /* the caller's: the password is the username */
    bool has_no_password; /* Django let nobody in by it either */
};

struct django_order {
    int64_t id;
    struct order_draft draft;
    int rounded; /* numbers of more than 8 decimals */
    struct err fault;
};

/* At most max rows with id > after. */
int django_read_users(struct db *db, int64_t after, struct django_user *rows,
                      size_t max, size_t *count, struct err *err);
int django_read_orders(struct db *db, int64_t after, struct django_order *rows,
                       size_t max, size_t *count, struct err *err);
/* The columns of one order as they are in the file, into an open object. */
int django_put_order(struct db *db, int64_t id, struct buf *out,
                     struct err *err);
