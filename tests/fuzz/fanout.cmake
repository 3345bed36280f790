fuzz(relay_message SOURCES relay_message_fuzz.c USES fanout)
fuzz(redis SOURCES redis_fuzz.c USES fanout DICT redis)
fuzz(redis_stream SOURCES redis_stream_fuzz.c USES fanout DICT redis_stream)
