# Live views of orders that the model writes.
unit(test_view SOURCES view/test_view_random.c view/client.c view/writes.c query/by_hand.c
  query/random_query.c model/world.c
  USES view)
target_compile_definitions(test_view
  PRIVATE LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql"
  LWSAPP_SCHEMA_POSTGRES="${CMAKE_SOURCE_DIR}/schema-postgres.sql")
unit(test_total SOURCES view/test_total.c USES view)
