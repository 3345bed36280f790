unit(test_connections SOURCES protocols/test_connections.c
  ${CMAKE_SOURCE_DIR}/protocols/host/connections.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/access/proxies.c
  ${CMAKE_SOURCE_DIR}/lws-app/web/access/limit.c
  USES base)
unit(test_hold SOURCES protocols/test_hold.c
  ${CMAKE_SOURCE_DIR}/protocols/http/hold.c ${CMAKE_SOURCE_DIR}/protocols/host/flows.c
  USES web)
