# What brings live views forward, without a loop.
unit(test_live SOURCES live/test_engine.c view/writes.c query/by_hand.c
  query/random_query.c model/world.c
  USES live)
target_compile_definitions(test_live
  PRIVATE LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql"
  LWSAPP_SCHEMA_POSTGRES="${CMAKE_SOURCE_DIR}/schema-postgres.sql")
