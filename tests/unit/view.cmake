# Live views of orders that the model writes.
unit(test_view SOURCES view/test_view_random.c view/client.c view/writes.c query/by_hand.c
  query/random_query.c model/database.c model/world.c
  USES view)
target_compile_definitions(test_view
  PRIVATE ${schema})
on_postgres(test_view)
unit(test_total SOURCES view/test_total.c USES view)
