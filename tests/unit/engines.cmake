# What db.h promises, of each engine: the same list; and every statement of the
# sources, given to both. Starts a PostgreSQL.
find_program(node node REQUIRED)
set(texts ${CMAKE_CURRENT_BINARY_DIR}/texts)
file(GLOB_RECURSE with_sql CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/lws-app/model/*.[ch] ${CMAKE_SOURCE_DIR}/lws-app/view/*.[ch])
add_custom_command(OUTPUT ${texts}
  COMMAND ${node} ${CMAKE_CURRENT_SOURCE_DIR}/engines/texts.mjs
    lws-app/model lws-app/view > ${texts}
  DEPENDS engines/texts.mjs ${with_sql}
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
unit(test_engines SOURCES
  ${tests}/support/cluster.c
  ${texts}
  engines/main.c
  engines/place.c
  engines/test_ahead.c
  engines/test_batches.c
  engines/test_contract.c
  engines/test_foresee.c
  engines/test_ids.c
  engines/test_many.c
  engines/test_memory.c
  engines/test_merge.c
  engines/test_postgres.c
  engines/test_sql.c
  USES store)
target_link_options(test_engines PRIVATE -Wl,--wrap=PQpipelineSync)
target_compile_definitions(test_engines PRIVATE
  LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql"
  LWSAPP_SCHEMA_POSTGRES="${CMAKE_SOURCE_DIR}/schema-postgres.sql"
  LWSAPP_TEXTS="${texts}")

# Rooms above, on PostgreSQL too: on_postgres(test_model_orders)
add_executable(with_cluster engines/with_cluster.c ${tests}/support/cluster.c)
target_link_libraries(with_cluster PRIVATE base PkgConfig::cmocka house)
target_include_directories(with_cluster PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${tests})
function(on_postgres name)
  add_test(NAME ${name}_postgres
    COMMAND with_cluster $<TARGET_FILE:${name}>)
  set_tests_properties(${name}_postgres PROPERTIES LABELS unit)
endfunction()
