# What a client writes in a query string, a form or a JSON body, as far as a
# query of orders, which is then run.
foreach(name query_string datatables)
  fuzz(${name} SOURCES ${name}_fuzz.c query_check.c world.c USES web DICT query)
endforeach()
fuzz(accept SOURCES accept_fuzz.c USES web)
fuzz(etag SOURCES etag_fuzz.c USES web)
fuzz(proxies SOURCES proxies_fuzz.c USES web)
fuzz(names SOURCES names_fuzz.c USES web)
fuzz(cookie SOURCES cookie_fuzz.c USES web)
fuzz(body SOURCES body_fuzz.c USES web DICT json)
fuzz(web SOURCES web_fuzz.c world.c USES web DICT http)
fuzz(chunked SOURCES chunked_fuzz.c USES web)
fuzz(framing SOURCES framing_fuzz.c USES web)
