# The client's commands against a hostile server. What they say is not looked
# at.
set(client ${CMAKE_SOURCE_DIR}/lws-app/client)
set_source_files_properties(${client}/main.c PROPERTIES
  COMPILE_DEFINITIONS "main=client_main;${version_definitions}"
  COMPILE_OPTIONS -Wno-missing-prototypes)
fuzz(client SOURCES client_fuzz.c ${client}/main.c
  ${client}/commands.c ${client}/watch.c ${client}/bench.c
  ${client}/bench_fanout.c ${client}/bench_idle.c
  ${client}/bench_market.c ${client}/bench_views.c ${client}/times.c
  ${client}/tokens.c USES client_link
  DICT client OPTIONS -detect_leaks=0 -close_fd_mask=3 -max_len=4096)
target_link_options(fuzz_client PRIVATE -Wl,--wrap=lws_create_context)
