/* Columns that only this test has: see more.test.mjs. */
#define ORDER_COLUMNS_MORE(X)                                                  \
    X(TEXT_OR_NULL, NOTE, note, note, 40, COLUMN_SHOWN | COLUMN_WRITE,         \
      "A word about it")                                                       \
    X(DECIMAL, FEE, fee, fee, NOT_NEGATIVE, COLUMN_SHOWN | COLUMN_WRITE_STAFF, \
      "What it costs to trade")
