# The list of orders, over a database in memory.
unit(test_query SOURCES
  ${tests}/support/by_hand.c
  ${tests}/support/database.c
  ${tests}/support/random_query.c
  query/shelf.c
  query/test_query.c
  query/test_query_add.c
  query/test_query_cache.c
  query/test_query_match.c
  query/test_query_page.c
  query/test_query_random.c
  query/test_query_value.c
  USES view)
target_compile_definitions(test_query
  PRIVATE ${schema})
on_postgres(test_query)
