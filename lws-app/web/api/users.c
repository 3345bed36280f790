#include "base/json.h"
#include "base/mem.h"
#include "model/accounts/user_query.h"
#include "web/api/handlers.h"
#include "web/api/user_input.h"
#include "web/query/args.h"
#include "web/query/link.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PAGE_SIZE 20

/* The list */

static int add_order(struct user_query *query, const char *word, size_t len,
                     struct err *err)
{
    bool is_down = len > 0 && word[0] == '-';
    size_t skip = is_down ? 1 : 0;
    const struct user_column *column =
        user_column_find(word + skip, len - skip);

    if (!column || !(column->flags & USER_SORT))
        return err_field(err, "ordering", "cannot sort by %.*s",
                         (int)(len < 64 ? len : 64), word);
    if (query->order_count == USER_QUERY_ORDERS)
        return err_field(err, "ordering", "at most %d columns",
                         USER_QUERY_ORDERS);
    query->orders[query->order_count].column = (size_t)(column - user_columns);
    query->orders[query->order_count++].descending = is_down;
    return 0;
}

static int read_ordering(struct user_query *query, const char *text,
                         struct err *err)
{
    while (text && *text) {
        size_t len = strcspn(text, ",");

        if (add_order(query, text, len, err) < 0)
            return -1;
        text += len;
        text += *text == ',';
    }
    return 0;
}

static int read_query(struct call *call, struct user_query *query,
                      struct err *err)
{
    const struct params *args = &call->request->args;
    const char *search = args_text(args, "search");

    memset(query, 0, sizeof(*query));
    if (args_check(args, call->route->query, err) < 0)
        return -1;
    for (size_t i = 0; i < user_columns_count; i++) {
        int wanted = user_columns[i].flags & USER_FILTER
                         ? args_bool(args, user_columns[i].name)
                         : -1;

        if (wanted >= 0)
            query->filters |= 1UL << i;
        if (wanted > 0)
            query->wanted |= 1UL << i;
    }
    if (search && strlen(search) >= sizeof(query->search))
        err_field(err, "search", "is too long");
    else if (search)
        memcpy(query->search, search, strlen(search) + 1);
    query->limit = args_int(args, "page_size", PAGE_SIZE);
    query->offset = (args_int(args, "page", 1) - 1) * query->limit;
    return read_ordering(query, args_text(args, "ordering"), err);
}

struct rows {
    struct call *call;
    const struct user_query *query;
    int64_t count;
    bool begun;
};

static void begin_list(struct rows *rows)
{
    const struct user_query *query = rows->query;
    int64_t page = query->offset / query->limit + 1;

    rows->begun = true;
    response_begin(rows->call->response, 200, "application/json");
    json_open(&rows->call->response->body);
    json_put_int(&rows->call->response->body, "count", rows->count);
    link_put_pages(rows->call, page,
                   query->offset + query->limit < rows->count);
    json_open_array(&rows->call->response->body, "results");
}

static int put_row(void *arg, const struct user *user, struct err *err)
{
    struct rows *rows = arg;

    if (!rows->begun)
        begin_list(rows);
    user_put_json(&rows->call->response->body, NULL, user);
    return buf_check(&rows->call->response->body, err);
}

static bool is_long(const struct user_query *query)
{
    return *query->search || query->filters || query->order_count;
}

int users_list(struct call *call, struct err *err)
{
    struct user_query query;
    struct rows rows = {.call = call, .query = &query};

    if (read_query(call, &query, err) < 0 || err->code ||
        (is_long(&query) && call_need_long(call, err) < 0) ||
        user_query_run(call->db, &query, &rows.count, put_row, &rows, err) < 0)
        return -1;
    if (!rows.begun)
        begin_list(&rows);
    json_close_array(&call->response->body);
    json_close(&call->response->body);
    return 0;
}

/* One of them */

static void answer_user(struct call *call, int status, const struct user *user)
{
    response_begin(call->response, status, "application/json");
    user_put_json(&call->response->body, NULL, user);
}

int user_read(struct call *call, struct err *err)
{
    struct user user;

    if (user_get(call->db, call->id, &user, err) < 0)
        return -1;
    answer_user(call, 200, &user);
    return 0;
}

static int change(struct call *call, int64_t id, unsigned may, struct err *err)
{
    const struct input *input;
    struct user_draft draft;
    struct user user;

    if (call_input(call, &input, err) < 0 ||
        user_input_read(input, may, &draft, err) < 0 ||
        user_change(call->db, &call->actor, id, &draft, &user, err) < 0)
        return -1;
    answer_user(call, 200, &user);
    return 0;
}

int user_update(struct call *call, struct err *err)
{
    return change(call, call->id, USER_WRITE | USER_WRITE_OWN, err);
}

int me_update(struct call *call, struct err *err)
{
    return change(call, call->actor.user, USER_WRITE_OWN, err);
}

/* A new one: the password is hashed first, by what is known without writing. */

static int read_new(const struct input *input, struct user_draft *draft,
                    struct user *user, struct err *err)
{
    *user = (struct user){.is_active = true,
                          .may_add = true,
                          .may_change = true,
                          .may_delete = true,
                          .market_symbols = "*"};
    user_input_read(input, USER_CREATE | USER_WRITE | USER_WRITE_OWN, draft,
                    err);
    if (err->code && err->code != ERR_INVALID)
        return -1;
    user_draft_apply(draft, user);
    return 0;
}

int user_create_prepare(struct call *call, struct err *err)
{
    const struct input *input;
    struct user_draft draft;
    struct user user;

    if (call_input(call, &input, err) < 0 ||
        read_new(input, &draft, &user, err) < 0 ||
        user_check_creation(&call->actor, &user, err) < 0)
        return -1;
    user_check(&user, err);
    user_check_hidden(&user, NULL, err);
    if (!draft.password[0])
        err_field(err, "password", "is required");
    else
        password_check(draft.password, user.username, "password", err);
    return err->code
               ? -1
               : password_hash(draft.password, call->web->password_iterations,
                               call->login.set_hash, err);
}

int user_create_submit(struct call *call, struct err *err)
{
    const struct input *input;
    struct user_draft draft;
    struct user user;
    char path[WEB_BASE_MAX + 64];
    int64_t id;

    if (call_input(call, &input, err) < 0 ||
        read_new(input, &draft, &user, err) < 0 || err->code)
        return -1;
    memcpy(user.password, call->login.set_hash, sizeof(user.password));
    if (user_create(call->db, &call->actor, &user, draft.password, &id, err) <
            0 ||
        user_get(call->db, id, &user, err) < 0)
        return -1;
    answer_user(call, 201, &user);
    snprintf(path, sizeof(path), "%s/api/users/%lld/", call->web->base,
             (long long)id);
    response_header(call->response, "location", path);
    return 0;
}
