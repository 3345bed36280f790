#include "view/order_sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define SMALL 24 /* so few are sorted at once */
/* Splits this deep have gone wrong; the library's sort has no bad cases. */
#define DEPTH_MAX 64

void order_sort_init(struct order_sort *sort, const struct order_rows *rows,
                     const struct order_query *query)
{
    sort->rows = rows;
    sort->count = 0;
    sort->is_id_down = order_query_is_id_down(query);
    for (size_t i = 0; i < query->order_count; i++) {
        const struct order_column *column =
            &order_columns[query->orders[i].column];

        if (!order_query_has_order(query, i) || !strcmp(column->name, "id"))
            continue;
        sort->by[sort->count++] = (struct order_sort_by){
            .number = order_rows_number(column),
            .text = order_rows_text(column),
            .words = column->choices,
            .is_down = query->orders[i].descending,
        };
    }
}

/* Negative numbers before the others, NUMBER_NULL before them all. */
static uint64_t number_key(int64_t number)
{
    return (uint64_t)number ^ UINT64_C(1) << 63;
}

/* The first bytes; what ends before them comes first. */
static uint64_t text_key(const char *text)
{
    uint64_t key = 0;

    for (size_t i = 0; i < sizeof(key); i++) {
        key = key << 8 | (unsigned char)*text;
        text += *text ? 1 : 0;
    }
    return key;
}

uint64_t order_sort_key(const struct order_sort *sort,
                        const struct order_slot *slot)
{
    const struct order_sort_by *by = sort->by;
    uint64_t key = number_key(slot->numbers[NUMBER_ID]);
    size_t len;

    if (sort->count == 0)
        return sort->is_id_down ? ~key : key;
    if (by->number < 0)
        key = text_key(order_slot_segment(sort->rows, slot, by->text, &len));
    else if (by->words)
        key = text_key(by->words[slot->numbers[by->number]]);
    else
        key = number_key(slot->numbers[by->number]);
    return by->is_down ? ~key : key;
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_texts(const struct order_rows *rows,
                         const struct order_slot *a, const struct order_slot *b,
                         enum order_text text)
{
    size_t len;
    int sign = strcmp(order_slot_segment(rows, a, (int)text, &len),
                      order_slot_segment(rows, b, (int)text, &len));

    if (sign == 0)
        sign = strcmp(order_slot_text(rows, a, text),
                      order_slot_text(rows, b, text));
    return sign;
}

static int compare_by(const struct order_rows *rows,
                      const struct order_sort_by *by,
                      const struct order_slot *a, const struct order_slot *b)
{
    if (by->number < 0)
        return compare_texts(rows, a, b, (enum order_text)by->text);
    if (by->words)
        return strcmp(by->words[a->numbers[by->number]],
                      by->words[b->numbers[by->number]]);
    return compare_numbers(a->numbers[by->number], b->numbers[by->number]);
}

static int compare_hits(const void *left, const void *right, void *arg)
{
    const struct order_hit *x = left;
    const struct order_hit *y = right;
    const struct order_sort *sort = arg;
    const struct order_slot *a = &sort->rows->slots[x->slot];
    const struct order_slot *b = &sort->rows->slots[y->slot];
    int sign;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    for (size_t i = 0; i < sort->count; i++) {
        sign = compare_by(sort->rows, &sort->by[i], a, b);
        if (sign)
            return sort->by[i].is_down ? -sign : sign;
    }
    sign = compare_numbers(a->numbers[NUMBER_ID], b->numbers[NUMBER_ID]);
    return sort->is_id_down ? -sign : sign;
}

static void swap_hits(struct order_hit *a, struct order_hit *b)
{
    struct order_hit kept = *a;

    *a = *b;
    *b = kept;
}

/* The middle one of three, so that what is in order already, either way, is
 * split well. No two hits are equal. */
static void choose_pivot(const struct order_sort *sort, struct order_hit *hits,
                         size_t count)
{
    struct order_hit *first = &hits[0];
    struct order_hit *middle = &hits[count / 2];
    struct order_hit *last = &hits[count - 1];
    void *arg = (void *)sort;

    if (compare_hits(middle, first, arg) < 0)
        swap_hits(middle, first);
    if (compare_hits(last, middle, arg) < 0)
        swap_hits(last, middle);
    if (compare_hits(middle, first, arg) < 0)
        swap_hits(middle, first);
    swap_hits(first, middle);
}

/* Returns the place of the pivot, with the lesser ones before it. */
static size_t split(const struct order_sort *sort, struct order_hit *hits,
                    size_t count)
{
    size_t low = 1;
    size_t high = count - 1;

    choose_pivot(sort, hits, count);
    for (;;) {
        while (low <= high &&
               compare_hits(&hits[low], &hits[0], (void *)sort) < 0)
            low++;
        while (compare_hits(&hits[high], &hits[0], (void *)sort) > 0)
            high--;
        if (low >= high)
            break;
        swap_hits(&hits[low++], &hits[high--]);
    }
    swap_hits(&hits[0], &hits[high]);
    return high;
}

/* A quicksort that leaves alone what lies wholly outside the page. */
static void sort_part(const struct order_sort *sort, struct order_hit *hits,
                      size_t hit_count, size_t start, size_t end, int depth)
{
    while (hit_count > SMALL && depth < DEPTH_MAX && start < end) {
        size_t pivot = split(sort, hits, hit_count);

        depth++;
        if (start < pivot)
            sort_part(sort, hits, pivot, start, end < pivot ? end : pivot,
                      depth);
        if (end <= pivot + 1)
            return;
        hits += pivot + 1;
        hit_count -= pivot + 1;
        start = start > pivot + 1 ? start - pivot - 1 : 0;
        end -= pivot + 1;
    }
    if (start < end)
        qsort_r(hits, hit_count, sizeof(*hits), compare_hits, (void *)sort);
}

void order_sort_page(const struct order_sort *sort, struct order_hit *hits,
                     size_t hit_count, size_t start, size_t count)
{
    sort_part(sort, hits, hit_count, start, start + count, 0);
}
