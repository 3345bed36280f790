# The link against a real redis-server, which the tests start and stop.
find_program(REDIS_SERVER redis-server REQUIRED)
unit(test_redis SOURCES redis/main.c redis/server.c redis/world.c
  redis/test_messages.c redis/test_outage.c redis/test_limits.c
  redis/test_url.c redis/test_once.c redis/test_free.c
  USES store)
target_compile_definitions(test_redis PRIVATE
  REDIS_SERVER="${REDIS_SERVER}")
