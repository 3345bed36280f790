unit(test_web SOURCES web/main.c web/test_params.c web/test_datatables.c
  web/test_datatables_fault.c web/test_list_query.c web/shown.c web/test_proxies.c web/test_limit.c web/test_quota.c web/test_roster.c web/test_figures.c
  web/draws.c web/test_accept.c web/test_http.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/http/chunked.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/http/framing.c
  web/test_etag.c web/test_host.c
  web/test_credentials.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/http/etag.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/access/host.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/access/credentials.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/http/request.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/http/accept.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/http/params.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/access/proxies.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/access/limit.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/access/quota.c
  ${CMAKE_SOURCE_DIR}/lws-app/metrics/roster.c
  ${CMAKE_SOURCE_DIR}/lws-app/metrics/figures.c
  ${CMAKE_SOURCE_DIR}/lws-app/metrics/metrics.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/http/params_json.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/query/draw.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/query/datatables.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/query/list_query.c
  USES model)

# The table of routes knows every handler.
unit(test_web_answers SOURCES web/test_answers.c USES web)
unit(test_web_logins SOURCES web/test_logins.c model/world.c USES web)
target_compile_definitions(test_web_logins
  PRIVATE LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql")
unit(test_web_api SOURCES web/test_openapi.c USES web)
