# The list of orders, over a database in memory.
unit(test_query SOURCES query/main.c query/test_query.c query/test_query_add.c
  query/test_query_value.c query/test_query_match.c
  query/test_query_random.c query/by_hand.c query/random_query.c
  query/test_query_cache.c query/shelf.c model/database.c
  USES view)
target_compile_definitions(test_query
  PRIVATE ${schema})
on_postgres(test_query)
