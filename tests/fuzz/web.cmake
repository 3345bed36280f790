# What a client writes in a query string, a form or a JSON body, as far as a
# query of orders, which is then run.
set(web ${CMAKE_SOURCE_DIR}/lws-app/web)
set(query_sources query_check.c ${web}/params.c ${web}/params_json.c
  ${web}/draw.c ${web}/datatables.c ${web}/list_query.c)
foreach(name query_string datatables)
  fuzz(${name} SOURCES ${name}_fuzz.c ${query_sources} USES model)
  target_compile_definitions(fuzz_${name}
    PRIVATE LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql")
endforeach()

fuzz(accept SOURCES accept_fuzz.c ${web}/accept.c USES base)
fuzz(etag SOURCES etag_fuzz.c ${web}/etag.c USES base)
