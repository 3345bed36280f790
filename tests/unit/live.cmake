# What brings live views forward, without a loop.
unit(test_live SOURCES
  ${tests}/support/by_hand.c
  ${tests}/support/database.c
  ${tests}/support/random_query.c
  ${tests}/support/world.c
  ${tests}/support/writes.c
  live/test_engine.c
  USES live)
target_link_options(test_live PRIVATE -Wl,--wrap=clock_mono_us)
target_compile_definitions(test_live
  PRIVATE ${schema})
on_postgres(test_live)
