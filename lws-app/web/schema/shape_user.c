#include "model/accounts/user_column.h"
#include "web/schema/shapes.h"

#include <stdio.h>

#include "base/banned.h"

static void describe(const struct user_column *column,
                     struct shape_field *field)
{
    static const enum shape_type types[] = {
        [USER_INT] = SHAPE_INT,        [USER_TEXT] = SHAPE_TEXT,
        [USER_BOOL] = SHAPE_BOOL,      [USER_TIME] = SHAPE_TIME,
        [USER_AMOUNT] = SHAPE_DECIMAL,
    };

    *field = (struct shape_field){.name = column->name,
                                  .type = types[column->type],
                                  .help = column->help};
    if (column->type == USER_TEXT && column->max_length)
        field->most = column->max_length;
    if (column->flags & USER_SECRET)
        field->flags |= SHAPE_SECRET;
    if (column->type == USER_TIME || column->type == USER_AMOUNT)
        field->flags |= SHAPE_NULL;
}

bool user_shape_field(size_t i, struct shape_field *field,
                      char name[SHAPE_NAME_MAX])
{
    (void)name;
    for (size_t at = 0; at < user_columns_count; at++) {
        const struct user_column *column = &user_columns[at];

        if (column->flags & USER_SECRET || i-- > 0)
            continue;
        describe(column, field);
        return true;
    }
    return false;
}

static bool settable(unsigned may, size_t i, struct shape_field *field)
{
    for (size_t at = 0; at < user_columns_count; at++) {
        const struct user_column *column = &user_columns[at];

        if (!(column->flags & may) || i-- > 0)
            continue;
        describe(column, field);
        if (column->type == USER_AMOUNT)
            field->type = SHAPE_AMOUNT;
        if (!(column->flags & USER_REQUIRED))
            field->flags |= SHAPE_OPTIONAL;
        else
            field->least = 1;
        return true;
    }
    return false;
}

bool user_input_shape_field(size_t i, struct shape_field *field,
                            char name[SHAPE_NAME_MAX])
{
    (void)name;
    return settable(USER_CREATE | USER_WRITE | USER_WRITE_OWN, i, field);
}

bool user_change_shape_field(size_t i, struct shape_field *field,
                             char name[SHAPE_NAME_MAX])
{
    (void)name;
    return settable(USER_WRITE | USER_WRITE_OWN, i, field);
}

bool me_change_shape_field(size_t i, struct shape_field *field,
                           char name[SHAPE_NAME_MAX])
{
    (void)name;
    return settable(USER_WRITE_OWN, i, field);
}

bool user_filter_shape_field(size_t i, struct shape_field *field,
                             char name[SHAPE_NAME_MAX])
{
    (void)name;
    for (size_t at = 0; at < user_columns_count; at++) {
        const struct user_column *column = &user_columns[at];

        if (!(column->flags & USER_FILTER) || i-- > 0)
            continue;
        *field = (struct shape_field){.name = column->name,
                                      .type = SHAPE_BOOL,
                                      .flags = SHAPE_OPTIONAL,
                                      .help = "Only these"};
        return true;
    }
    return false;
}

const struct shape_field me_fields[] = {
    {"id", SHAPE_INT, NONE},
    {"username", SHAPE_TEXT, NONE},
    {"email", SHAPE_TEXT, NONE},
    {"first_name", SHAPE_TEXT, NONE},
    {"last_name", SHAPE_TEXT, NONE},
    {"is_staff", SHAPE_BOOL, NONE},
    {"is_superuser", SHAPE_BOOL, NONE},
    {"may_add", SHAPE_BOOL, HELP("May place orders")},
    {"may_change", SHAPE_BOOL, HELP("May change own orders")},
    {"may_delete", SHAPE_BOOL,
     HELP("May remove own orders of which nothing is filled")},
    {"may_feed", SHAPE_BOOL, HELP("May feed market data")},
    {"market_symbols", SHAPE_TEXT,
     HELP("The market data that is seen: symbols, and prefixes like EDF*, "
          "separated by commas; *: all")},
    {"max_quantity", SHAPE_DECIMAL, MAY_BE_NULL,
     HELP("The largest quantity of one of the user's orders; null: no limit")},
    {"max_notional", SHAPE_DECIMAL, MAY_BE_NULL,
     HELP("The largest value of one of the user's orders (quantity times "
          "price, regardless of sign); null: no limit")},
    {"has_second_factor", SHAPE_BOOL, HELP("Logins need a code")},
    {"second_factor_required", SHAPE_BOOL,
     HELP("Without one, nothing is allowed but setting one up")},
    {"csrf_token", SHAPE_TEXT, MAY_BE_NULL,
     HELP("For the header X-CSRFToken; null for a token, which needs none")},
    {"limits", SHAPE_OF, .of = "Limits"},
    END,
};
