unit(test_base SOURCES
  base/test_address.c
  base/test_buf.c
  base/test_clock.c
  base/test_decimal.c
  base/test_err.c
  base/test_json.c
  base/test_json_parse.c
  base/test_log.c
  base/test_log_queue.c
  base/test_mem.c
  base/test_proxy_header.c
  base/test_secret.c
  base/test_secret_file.c
  base/test_smallest.c
  base/test_symbols.c
  base/test_text.c
  base/test_tick.c
  base/test_totp.c
  base/test_zone.c
  USES base)
