unit(test_connections SOURCES protocols/test_connections.c
  ${CMAKE_SOURCE_DIR}/protocols/connections.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/proxies.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/limit.c
  USES base)
unit(test_hold SOURCES protocols/test_hold.c
  ${CMAKE_SOURCE_DIR}/protocols/hold.c ${CMAKE_SOURCE_DIR}/protocols/flows.c
  USES web)
