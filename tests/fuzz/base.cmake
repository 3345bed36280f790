fuzz(json SOURCES json_fuzz.c USES base)
fuzz(decimal SOURCES decimal_fuzz.c USES base)
