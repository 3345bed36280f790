# The hub alone, and relays on a real loop, file, readers and redis-server.
unit(test_fanout SOURCES
  ${tests}/support/redis_server.c
  fanout/main.c
  fanout/market_scene.c
  fanout/scene.c
  fanout/test_hub.c
  fanout/test_hub_join.c
  fanout/test_hub_memory.c
  fanout/test_hub_random.c
  fanout/test_hub_wake.c
  fanout/test_market.c
  fanout/test_market_bars.c
  fanout/test_market_feed.c
  fanout/test_market_random.c
  fanout/test_market_remove.c
  fanout/test_market_save.c
  fanout/test_market_session.c
  fanout/test_market_trades.c
  fanout/test_pace.c
  fanout/test_relay.c
  fanout/test_relay_redis.c
  fanout/test_split.c
  fanout/world.c
  USES fanout)
target_compile_definitions(test_fanout PRIVATE
  LWSAPP_SCHEMA="${CMAKE_SOURCE_DIR}/schema.sql")
