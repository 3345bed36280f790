#include "web/schema/shapes.h"

#include "base/banned.h"

#define MOST(field) .name = field, .type = SHAPE_INT, .flags = SHAPE_NULL
#define USED(field) .name = field, .type = SHAPE_INT

static const struct shape_field fields[] = {
    {MOST("requests_per_minute"), HELP("However you are logged in")},
    {MOST("requests_per_minute_and_login")},
    {MOST("profile_changes_per_hour")},
    {MOST("login_changes_per_minute")},
    {MOST("tickets_per_minute")},
    {MOST("page_changes_per_minute"), HELP("Layouts and settings")},
    {MOST("admin_changes_per_minute"),
     HELP("To others' accounts, by superusers, and to instruments, by staff")},
    {USED("sockets"), HELP("Open websockets")},
    {MOST("commands_per_second"), HELP("Over all of them")},
    {MOST("commands_per_second_and_socket")},
    {MOST("rows_per_day"), HELP("Changes of orders")},
    {MOST("bytes_per_day"), HELP("The same in the log")},
    {USED("rows_today"), HELP("Written so far")},
    {USED("bytes_today"), HELP("Written so far")},
    {USED("unwritten_rows_today"),
     HELP("Orders in write requests that wrote nothing: refused, repeated or "
          "without a change; as many as rows_per_day are allowed")},
    {USED("unwritten_bytes_today"),
     HELP("The bytes of these requests; as many as bytes_per_day are allowed")},
    {.name = "today_ends", .type = SHAPE_TIME, HELP("A day is a UTC day")},
};

bool limits_shape_field(size_t i, struct shape_field *field,
                        char name[SHAPE_NAME_MAX])
{
    (void)name;
    if (i >= sizeof(fields) / sizeof(fields[0]))
        return false;
    *field = fields[i];
    return true;
}
