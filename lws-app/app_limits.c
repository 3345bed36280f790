#include "app_limits.h"

#include "base/banned.h"

#define SECOND 1
#define MINUTE 60
#define HOUR 3600

int app_limits_open(struct web *web, const struct config *config, bool is_tls,
                    struct err *err)
{
    const struct {
        struct limit **limit;
        long most;
        int seconds;
    } limits[] = {
        {&web->limits.token, config->api_per_token, MINUTE},
        {&web->limits.user, config->api_per_user, MINUTE},
        {&web->limits.address, config->api_per_address, MINUTE},
        {&web->limits.login_account, config->login_attempts_per_account,
         MINUTE},
        {&web->limits.login_address, config->login_attempts_per_address,
         MINUTE},
        {&web->limits.commands, config->commands_per_user, SECOND},
        {&web->limits.views, 2 * config->views_per_user, 2 * SECOND},
        {&web->limits.connections,
         is_tls ? config->handshakes_per_address
                : config->new_connections_per_address,
         SECOND},
        {&web->limits.sockets, config->sockets_per_address, MINUTE},
        {&web->limits.profile, config->profile_changes_per_user, HOUR},
        {&web->limits.logins, config->login_changes_per_user, MINUTE},
        {&web->limits.tickets, config->tickets_per_user, MINUTE},
        {&web->limits.pages, config->page_changes_per_user, MINUTE},
        {&web->limits.admin, config->admin_changes_per_user, MINUTE},
    };
    const struct quota_use most = {.rows = config->rows_per_day,
                                   .bytes = config->bytes_per_day};

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (limit_new(limits[i].limit, limits[i].most, limits[i].seconds, err) <
            0)
            return -1;
    }
    web->limits.commands_per_socket = config->commands_per_socket;
    web->limits.sockets_per_user = config->sockets_per_user;
    return quota_new(&web->limits.quota, most, err);
}
