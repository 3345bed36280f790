fuzz(orders_command SOURCES orders_command_fuzz.c
  ${CMAKE_SOURCE_DIR}/protocols/orders_command.c USES base m)
