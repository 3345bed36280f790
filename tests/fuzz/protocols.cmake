fuzz(orders_command SOURCES orders_command_fuzz.c USES protocols DICT json)
fuzz(tls_pair SOURCES tls_pair_fuzz.c USES protocols)
