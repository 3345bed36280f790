unit(test_web SOURCES
  web/draws.c
  web/shown.c
  web/test_accept.c
  web/test_credentials.c
  web/test_datatables.c
  web/test_datatables_extensions.c
  web/test_datatables_fault.c
  web/test_etag.c
  web/test_figures.c
  web/test_host.c
  web/test_http.c
  web/test_limit.c
  web/test_list_query.c
  web/test_params.c
  web/test_proxies.c
  web/test_quota.c
  web/test_roster.c
  USES web)

# The table of routes knows every handler.
unit(test_web_answers SOURCES
  web/test_answers.c
  USES web)
unit(test_web_logins SOURCES
  ${tests}/support/database.c
  ${tests}/support/world.c
  web/test_logins.c
  USES web)
target_compile_definitions(test_web_logins
  PRIVATE LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql"
  LWSAPP_SCHEMA_POSTGRES="${CMAKE_SOURCE_DIR}/schema-postgres.sql")
unit(test_web_api SOURCES
  web/test_openapi.c
  web/test_routes.c
  USES web)
