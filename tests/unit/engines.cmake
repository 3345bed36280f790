# What db.h promises, of each engine: the same list. Starts a PostgreSQL.
unit(test_engines SOURCES engines/main.c engines/place.c engines/cluster.c
  engines/test_contract.c engines/test_postgres.c
  USES store)
