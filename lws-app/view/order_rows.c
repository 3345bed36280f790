#include "view/order_rows.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#include "base/banned.h"

#define BY_ID_BITS_MIN 6
#define SLOTS_FIRST 64

/* Which number, text and segment of a row a column is; -1: none. First come the
 * columns of text, then those numbers that are searched. */
#define NUMBER_OF(kind, NAME, name, member, bound, may, help)                  \
    ORDER_IF_NUMBER_##kind(NUMBER_##NAME, ) ORDER_IF_TEXT_##kind(-1, )
#define TEXT_OF(kind, NAME, name, member, bound, may, help)                    \
    ORDER_IF_NUMBER_##kind(-1, ) ORDER_IF_TEXT_##kind(TEXT_##NAME, )
static const int numbers_of[] = {ORDER_COLUMNS(NUMBER_OF)};
static const int texts_of[] = {ORDER_COLUMNS(TEXT_OF)};

int order_rows_number(const struct order_column *column)
{
    return numbers_of[column - order_columns];
}

int order_rows_text(const struct order_column *column)
{
    return texts_of[column - order_columns];
}

int order_rows_segment(const struct order_column *column)
{
    int text = order_rows_text(column);
    int segment = TEXT_COUNT;

    if (text >= 0 || !(column->flags & COLUMN_SEARCH))
        return text;
    for (const struct order_column *at = order_columns; at < column; at++)
        segment += order_rows_text(at) < 0 && at->flags & COLUMN_SEARCH;
    return segment;
}

bool order_rows_init(struct order_rows *rows, size_t expected)
{
    memset(rows, 0, sizeof(*rows));
    buf_init(&rows->text, UINT32_MAX);
    return order_grams_init(&rows->grams, expected);
}

void order_rows_release(struct order_rows *rows)
{
    order_grams_release(&rows->grams);
    buf_release(&rows->text);
    mem_free(rows->slots);
    mem_free(rows->by_id);
    memset(rows, 0, sizeof(*rows));
}

size_t order_rows_bytes(const struct order_rows *rows)
{
    size_t bytes =
        rows->cap * sizeof(*rows->slots) + rows->text.cap + rows->grams.bytes;

    if (rows->by_id)
        bytes += sizeof(*rows->by_id) << rows->by_id_bits;
    return bytes;
}

static uint32_t *find_id(const struct order_rows *rows, int64_t id)
{
    size_t mask = ((size_t)1 << rows->by_id_bits) - 1;
    size_t at = (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >>
                         (64 - rows->by_id_bits));

    while (rows->by_id[at] &&
           rows->slots[rows->by_id[at] - 1].numbers[NUMBER_ID] != id)
        at = (at + 1) & mask;
    return &rows->by_id[at];
}

/* Each slot has a place of its own at most, dead or alive. */
static bool grow_by_id(struct order_rows *rows)
{
    unsigned bits = rows->by_id ? rows->by_id_bits + 1 : BY_ID_BITS_MIN;
    uint32_t *by_id;

    if (rows->by_id && (rows->count + 1) * 2 <= (size_t)1 << rows->by_id_bits)
        return true;
    by_id = mem_zalloc(sizeof(*by_id) << bits);
    if (!by_id)
        return false;
    mem_free(rows->by_id);
    rows->by_id = by_id;
    rows->by_id_bits = bits;
    for (size_t i = 0; i < rows->count; i++)
        *find_id(rows, rows->slots[i].numbers[NUMBER_ID]) = (uint32_t)i + 1;
    return true;
}

static bool grow_slots(struct order_rows *rows)
{
    size_t cap = rows->cap ? rows->cap * 2 : SLOTS_FIRST;
    struct order_slot *slots;

    if (rows->count < rows->cap)
        return true;
    slots = mem_realloc(rows->slots, cap * sizeof(*slots));
    if (!slots)
        return false;
    rows->slots = slots;
    rows->cap = cap;
    return true;
}

#define FILL(kind, NAME, name, member, bound, may, help)                       \
    ORDER_IF_NUMBER_##kind(numbers[NUMBER_##NAME] = NUMBER_##kind(member);)
#define NUMBER_KEY(member) order->member
#define NUMBER_INT(member) order->member
#define NUMBER_TIME(member) order->member
#define NUMBER_DECIMAL(member) order->member
#define NUMBER_DECIMAL_OR_NULL(member)                                         \
    (order->has_##member ? order->member : NUMBER_NULL)
#define NUMBER_CHOICE(member) order->member

static void fill_numbers(int64_t numbers[NUMBER_COUNT],
                         const struct order *order)
{
    ORDER_COLUMNS(FILL)
}

static void put_folded(struct buf *out, const char *text)
{
    text_fold(out, text, strlen(text));
    buf_put_char(out, '\0');
}

static void put_decimal(struct buf *out, int64_t value)
{
    char text[DECIMAL_TEXT_MAX];

    if (value != NUMBER_NULL)
        buf_put(out, text, decimal_format(value, text));
    buf_put_char(out, '\0');
}

static void put_time(struct buf *out, int64_t us)
{
    char text[CLOCK_TEXT_MAX];

    clock_format(us, text);
    put_folded(out, text);
}

static void put_int(struct buf *out, int64_t value)
{
    buf_put_int(out, value);
    buf_put_char(out, '\0');
}

#define PUT_TEXT(kind, NAME, name, member, bound, may, help)                   \
    ORDER_IF_TEXT_##kind(put_folded(out, order->member);)
#define PUT_SEARCHED(kind, NAME, name, member, bound, may, help)               \
    ORDER_IF_NUMBER_##kind(if ((may)&COLUMN_SEARCH) PUT_##kind(member, bound);)
#define PUT_KEY(member, bound) put_int(out, order->member)
#define PUT_INT(member, bound) put_int(out, order->member)
#define PUT_TIME(member, bound) put_time(out, order->member)
#define PUT_DECIMAL(member, bound) put_decimal(out, order->member)
#define PUT_DECIMAL_OR_NULL(member, bound)                                     \
    put_decimal(out, NUMBER_DECIMAL_OR_NULL(member))
#define PUT_CHOICE(member, bound)                                              \
    put_folded(out, order_##bound##_name(order->member))

static void put_segments(struct buf *out, const struct order *order)
{
    ORDER_COLUMNS(PUT_TEXT)
    ORDER_COLUMNS(PUT_SEARCHED)
}

/* With their NULs. */
#define PUT_AS_IT_IS(kind, NAME, name, member, bound, may, help)               \
    ORDER_IF_TEXT_##kind(                                                      \
        buf_put(out, order->member, strlen(order->member) + 1);)

static void put_texts(struct buf *out, const struct order *order)
{
    ORDER_COLUMNS(PUT_AS_IT_IS)
}

bool order_rows_put(struct order_rows *rows, const struct order *order)
{
    struct order_slot *slot;
    uint32_t *place;

    if (!grow_slots(rows) || !grow_by_id(rows))
        return false;
    slot = &rows->slots[rows->count];
    fill_numbers(slot->numbers, order);
    slot->is_dead = false;
    slot->text = (uint32_t)rows->text.len;
    put_segments(&rows->text, order);
    slot->text_len = (uint32_t)rows->text.len - slot->text;
    put_texts(&rows->text, order);
    if (rows->text.failed ||
        !order_grams_add(&rows->grams, (uint32_t)rows->count,
                         rows->text.data + slot->text, slot->text_len))
        return false;
    place = find_id(rows, order->id);
    if (*place && !rows->slots[*place - 1].is_dead) {
        rows->slots[*place - 1].is_dead = true;
        rows->dead++;
    }
    *place = (uint32_t)++rows->count;
    return true;
}

void order_rows_remove(struct order_rows *rows, int64_t id)
{
    uint32_t *place = rows->by_id ? find_id(rows, id) : NULL;

    if (!place || !*place || rows->slots[*place - 1].is_dead)
        return;
    rows->slots[*place - 1].is_dead = true;
    rows->dead++;
}

static const char *skip_texts(const char *at, int n)
{
    for (; n > 0; n--)
        at += strlen(at) + 1;
    return at;
}

const char *order_slot_segment(const struct order_rows *rows,
                               const struct order_slot *slot, int n,
                               size_t *len)
{
    const char *text = skip_texts(rows->text.data + slot->text, n);

    *len = strlen(text);
    return text;
}

const char *order_slot_text(const struct order_rows *rows,
                            const struct order_slot *slot, enum order_text text)
{
    return skip_texts(rows->text.data + slot->text + slot->text_len, (int)text);
}
