# What the store promises, with real files, threads and processes.
unit(test_store SOURCES
  store/crew.c
  store/scratch.c
  store/test_fair_queue.c
  store/test_file.c
  store/test_function.c
  store/test_jobs.c
  store/test_migrate.c
  store/test_readers.c
  store/test_statement.c
  store/test_transaction.c
  store/test_turn.c
  store/test_writer.c
  store/test_writer_fault.c
  USES store)
target_compile_definitions(test_store
  PRIVATE LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql")
