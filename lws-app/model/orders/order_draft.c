#include "base/decimal.h"
#include "base/text.h"
#include "model/orders/order.h"
#include "model/orders/order_column.h"
#include <string.h>

#include "base/banned.h"

static int set_text(char *out, const struct order_column *column,
                    const char *text, size_t len, struct err *err)
{
    if (!utf8_is_valid(text, len))
        return err_field(err, column->name, "must be UTF-8");
    if (!len)
        return err_field(err, column->name, "must not be empty");
    if (utf8_count(text, len) > (size_t)column->max_length ||
        len >= column->size)
        return err_field(err, column->name, "must be at most %d characters",
                         column->max_length);
    if (text_has_control(text, len))
        return err_field(err, column->name,
                         "must not contain control characters");
    /* An owner is somebody there is already, whatever the name. */
    if (column->has != HAS_OWNER && text_has_hidden(text, len))
        return err_field(err, column->name,
                         "must not contain invisible characters");
    if (column->has != HAS_OWNER && text_is_blank(text, len))
        return err_field(err, column->name, "must not be blank");
    memcpy(out, text, len);
    out[len] = '\0';
    return 0;
}

static int set_decimal(int64_t *out, const struct order_column *column,
                       const char *text, size_t len, struct err *err)
{
    enum decimal_fault fault = decimal_parse(text, len, out);

    if (fault != DECIMAL_OK)
        return err_field(err, column->name, "%s", decimal_fault_text(fault));
    if (*out < column->least)
        return err_field(err, column->name, "%s",
                         column->least ? "must be greater than 0"
                                       : "must not be negative");
    return 0;
}

/* Every choice is an enum, which is set by its value. */
static int set_choice(unsigned *out, const struct order_column *column,
                      const char *text, size_t len, struct err *err)
{
    struct buf words;

    for (int i = 0; column->choices[i]; i++) {
        if (strlen(column->choices[i]) == len &&
            !memcmp(column->choices[i], text, len)) {
            *out = (unsigned)i;
            return 0;
        }
    }
    buf_init(&words, sizeof(err->fields[0].text));
    for (int i = 0; column->choices[i]; i++)
        buf_printf(&words, "%s%s", i ? ", " : "", column->choices[i]);
    err_field(err, column->name, "must be one of: %s", buf_text(&words));
    buf_release(&words);
    return -1;
}

static int set_null(struct order_draft *draft,
                    const struct order_column *column, struct err *err)
{
    if (!(column->flags & COLUMN_NULL))
        return err_field(err, column->name, "must not be null");
    memset((char *)draft + column->place, 0, column->size);
    if (column->has_place)
        *(bool *)((char *)draft + column->has_place) = false;
    return 0;
}

static int set_value(struct order_draft *draft,
                     const struct order_column *column, const char *text,
                     size_t len, struct err *err)
{
    void *out = (char *)draft + column->place;

    if (!order_column_is_chosen(column))
        return err_field(err, column->name, "read-only");
    if (!text)
        return set_null(draft, column, err);
    if (column->type == COLUMN_CHOICE)
        return set_choice(out, column, text, len, err);
    if (column->type == COLUMN_TEXT)
        return set_text(out, column, text, len, err);
    if (column->has_place)
        *(bool *)((char *)draft + column->has_place) = true;
    return set_decimal(out, column, text, len, err);
}

int order_draft_set(struct order_draft *draft, const char *name,
                    const char *text, size_t len, struct err *err)
{
    const struct order_column *column = order_column_find(name, strlen(name));

    if (!column)
        return err_field(err, name, "unknown field");
    if (set_value(draft, column, text, len, err) < 0)
        return -1;
    draft->has |= column->has;
    return 0;
}

#define CORRECT "correct"

int order_draft_set_bool(struct order_draft *draft, const char *name,
                         bool value, struct err *err)
{
    if (strcmp(name, CORRECT) != 0)
        return err_field(err, name,
                         order_column_find(name, strlen(name))
                             ? "must be a string or a number"
                             : "unknown field");
    draft->has_correct = true;
    draft->correct = value;
    return 0;
}

/* The owner's one say in the status is to cancel what is already placed. Who
 * may name an owner depends on the owner, and is checked with the user. */
static bool is_theirs_to_set(const struct order_draft *draft,
                             const struct order_column *column, bool creating)
{
    if (column->flags & COLUMN_WRITE || column->has == HAS_OWNER)
        return true;
    return column->has == HAS_STATUS && !creating &&
           draft->status == STATUS_CANCELED;
}

static void check_filled(const struct order_draft *draft, struct err *err)
{
    if (!(draft->has & HAS_QUANTITY) || !(draft->has & HAS_FILLED_QUANTITY) ||
        draft->filled_quantity <= draft->quantity)
        return;
    if (!err_has_field(err, "quantity"))
        err_field(err, "quantity", "must not be below the filled quantity");
    if (!err_has_field(err, "filled_quantity"))
        err_field(err, "filled_quantity", "must not be above the quantity");
}

/* Only who may set a final status may say that it was wrong. */
static void check_correct(const struct order_draft *draft, bool privileged,
                          bool creating, struct err *err)
{
    if (!draft->has_correct || err_has_field(err, CORRECT))
        return;
    if (!privileged)
        err_field(err, CORRECT, "you may not set this");
    else if (creating)
        err_field(err, CORRECT, "is only for changes");
}

int order_draft_check(const struct order_draft *draft,
                      const struct actor *actor, bool creating, bool whole,
                      struct err *err)
{
    bool privileged = !actor->user || actor->is_staff;

    for (size_t i = 0; i < order_columns_count; i++) {
        const struct order_column *column = &order_columns[i];
        bool given = draft->has & column->has;
        bool required = column->flags & COLUMN_REQUIRED;

        if (err_has_field(err, column->name))
            continue;
        if (column->has == HAS_OWNER) /* a command owns nothing itself */
            required = creating && !actor->user;
        if (whole && required && !given)
            err_field(err, column->name, "is required");
        else if (given && !privileged &&
                 !is_theirs_to_set(draft, column, creating))
            err_field(err, column->name,
                      creating || column->has != HAS_STATUS
                          ? "you may not set this"
                          : "you may only set this to canceled");
    }
    check_filled(draft, err);
    check_correct(draft, privileged, creating, err);
    return err->code == ERR_NONE ? 0 : -1;
}
