fuzz(relay_message SOURCES relay_message_fuzz.c USES fanout)
