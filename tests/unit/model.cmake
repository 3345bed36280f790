# The rules that hold in any database, on one in memory.
set(schema LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql"
  LWSAPP_SCHEMA_POSTGRES="${CMAKE_SOURCE_DIR}/schema-postgres.sql")

unit(test_model_orders SOURCES model/orders.c model/orders_place.c
  model/orders_change.c model/orders_cancel.c model/orders_stream.c model/orders_fault.c
  model/orders_random.c model/event_lines.c model/schema_steps.c model/check.c model/orders_terms.c model/table.c model/database.c model/world.c
  USES model)
target_compile_definitions(test_model_orders PRIVATE ${schema})
on_postgres(test_model_orders)
