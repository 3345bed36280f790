fuzz(event_line SOURCES event_line_fuzz.c USES model)
