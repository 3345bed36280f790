# The rules that hold in any database, on one in memory.
set(schema LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql"
  LWSAPP_SCHEMA_POSTGRES="${CMAKE_SOURCE_DIR}/schema-postgres.sql")

unit(test_model_orders SOURCES
  ${tests}/support/database.c
  ${tests}/support/world.c
  model/orders.c
  model/table.c
  model/test_check.c
  model/test_event_lines.c
  model/test_orders_cancel.c
  model/test_orders_change.c
  model/test_orders_fault.c
  model/test_orders_place.c
  model/test_orders_random.c
  model/test_orders_stream.c
  model/test_orders_terms.c
  model/test_schema_steps.c
  USES model)
target_compile_definitions(test_model_orders PRIVATE ${schema})
on_postgres(test_model_orders)
