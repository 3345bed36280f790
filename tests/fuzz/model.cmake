fuzz(event_line SOURCES event_line_fuzz.c USES model)
fuzz(password SOURCES password_fuzz.c USES model)
fuzz(scopes SOURCES scopes_fuzz.c USES model)
fuzz(rows SOURCES rows_fuzz.c world.c USES view)
