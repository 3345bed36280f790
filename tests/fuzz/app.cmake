# What the daemon and its commands read from files.
set(app ${CMAKE_SOURCE_DIR}/lws-app)
fuzz(config SOURCES config_fuzz.c ${app}/config.c ${app}/config_settings.c
  USES protocols DICT config)
fuzz(import_rows SOURCES import_rows_fuzz.c USES web DICT json)

# Whole conversations with a real worker, whose loop the target turns. Threads
# of it allocate meanwhile, which libFuzzer would take for leaks of an input;
# those that there are show at the end.
foreach(name http websocket)
  fuzz(${name} SOURCES ${name}_fuzz.c daemon.c world.c ${app}/app.c
    ${app}/app_limits.c ${app}/app_machines.c ${app}/app_market.c
    ${app}/app_metrics.c ${app}/config.c
    ${app}/config_settings.c ${app}/schema.c ${app}/signals.c
    ${app}/commands/serve/listen.c USES protocols DICT ${name}
    OPTIONS -detect_leaks=0 -max_len=2048)
  target_compile_definitions(fuzz_${name} PRIVATE ${version_definitions})
  target_link_options(fuzz_${name} PRIVATE -Wl,--wrap=lws_create_context
    -Wl,--wrap=writer_submit -Wl,--wrap=readers_submit -Wl,--wrap=readers_cancel
    -Wl,--wrap=jobs_finish)
endforeach()
fuzz(django SOURCES django_fuzz.c ${app}/commands/import/django.c USES model)
fuzz(move SOURCES move_fuzz.c ${app}/commands/move/move_file.c USES base
  DICT move)
target_compile_definitions(fuzz_move PRIVATE ${version_definitions})
