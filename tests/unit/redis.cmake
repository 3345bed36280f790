# The link against a real redis-server, which the tests start and stop.
unit(test_redis SOURCES
  ${tests}/support/redis_server.c
  redis/names.c
  redis/test_free.c
  redis/test_limits.c
  redis/test_messages.c
  redis/test_once.c
  redis/test_outage.c
  redis/test_url.c
  redis/world.c
  USES store)
