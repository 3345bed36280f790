unit(test_connections SOURCES
  protocols/test_connections.c
  USES host)
unit(test_hold SOURCES
  protocols/test_hold.c
  USES http)
