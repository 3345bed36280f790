#include "base/zone_read.h"
#include "target.h"

#include "base/banned.h"

/* Whatever the bytes: a table that holds together, or none. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zone_table table;

    if (zone_table_read(&table, data, size)) {
        for (size_t i = 1; i < table.change_count; i++)
            must(table.changes[i - 1].at_s < table.changes[i].at_s);
        must(!table.has_rule || !table.rule.has_summer ||
             (table.rule.begin.day <= 365 && table.rule.end.day <= 365));
    }
    zone_table_release(&table);
    return 0;
}
