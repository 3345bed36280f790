# Live views of orders that the model writes.
unit(test_view SOURCES
  ${tests}/support/by_hand.c
  ${tests}/support/database.c
  ${tests}/support/random_query.c
  ${tests}/support/world.c
  ${tests}/support/writes.c
  view/client.c
  view/test_view_random.c
  USES view)
target_compile_definitions(test_view
  PRIVATE ${schema})
on_postgres(test_view)
unit(test_total SOURCES
  view/test_total.c
  USES view)
