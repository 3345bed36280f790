fuzz(redis_url SOURCES redis_url_fuzz.c USES store)
