# Each *.test.mjs of the calling folder is one test, named after its file, with
# the folder's name as label. LWSAPP_BIN: the programs under test.
function(node_tests)
  get_filename_component(label ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.test.mjs)
  foreach(file ${files})
    get_filename_component(name ${file} NAME)
    string(REPLACE ".test.mjs" "" name ${name})
    add_test(NAME ${label}_${name} COMMAND node --test-reporter=spec ${file})
    set_tests_properties(${label}_${name} PROPERTIES
      LABELS ${label}
      ENVIRONMENT "LWSAPP_BIN=${CMAKE_BINARY_DIR}/bin;LWSAPP_NPM=${LWSAPP_NPM};NO_COLOR=1"
      # A test that is skipped, put off or never ran has not passed.
      FAIL_REGULAR_EXPRESSION "(skipped|todo|cancelled) [1-9];tests 0")
  endforeach()
endfunction()
