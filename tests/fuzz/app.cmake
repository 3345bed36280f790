# What the daemon and its commands read from files.
set(app ${CMAKE_SOURCE_DIR}/lws-app)
fuzz(config SOURCES config_fuzz.c ${app}/config.c USES protocols DICT config)
fuzz(import_rows SOURCES import_rows_fuzz.c ${app}/commands/import_rows.c
  USES web csv DICT json)
