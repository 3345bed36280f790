# What brings live views forward, without a loop.
unit(test_live SOURCES live/test_engine.c view/writes.c query/by_hand.c
  query/random_query.c model/database.c model/world.c
  USES live)
target_link_options(test_live PRIVATE -Wl,--wrap=clock_mono_us)
target_compile_definitions(test_live
  PRIVATE ${schema})
on_postgres(test_live)
