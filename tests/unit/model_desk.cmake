# Instruments, and what users keep of their own pages, in any database.
unit(test_model_desk SOURCES
  ${tests}/support/database.c
  ${tests}/support/world.c
  model_desk/test_instrument.c
  model_desk/test_kept.c
  USES model)
target_compile_definitions(test_model_desk PRIVATE ${schema})
on_postgres(test_model_desk)
