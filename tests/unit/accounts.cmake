# The account half of the model, on a database in memory; what an epoch has to
# do with its file, on files.
unit(test_model_accounts SOURCES
  ${tests}/support/database.c
  ${tests}/support/world.c
  model_accounts/accounts.c
  model_accounts/test_audit.c
  model_accounts/test_confirm.c
  model_accounts/test_fault.c
  model_accounts/test_meta.c
  model_accounts/test_password.c
  model_accounts/test_purge.c
  model_accounts/test_second_factor.c
  model_accounts/test_session.c
  model_accounts/test_throttle.c
  model_accounts/test_ticket.c
  model_accounts/test_token.c
  model_accounts/test_user.c
  model_accounts/test_user_query.c
  USES model)
target_compile_definitions(test_model_accounts PRIVATE ${schema})
# What a refused password costs is counted.
target_link_options(test_model_accounts
  PRIVATE -Wl,--wrap=PKCS5_PBKDF2_HMAC)
on_postgres(test_model_accounts)
