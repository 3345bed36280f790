#include "model/accounts/recovery_code.h"
#include "web/schema/shapes.h"

#include "base/banned.h"

const struct shape_field second_factor_fields[] = {
    {"since", SHAPE_TIME, MAY_BE_NULL, HELP("null: there is none")},
    {"required", SHAPE_BOOL,
     HELP("Without one, nothing is allowed but setting one up")},
    {"recovery_codes_left", SHAPE_INT, RANGE(0, RECOVERY_CODES)},
    END,
};

const struct shape_field second_factor_secret_fields[] = {
    {"secret", SHAPE_TEXT,
     HELP("In base32, for an authenticator app (RFC 6238: SHA-1, 30 s, 6 "
          "digits), shown only this once")},
    {"uri", SHAPE_TEXT, HELP("The same for a QR code: otpauth://totp/...")},
    END,
};

const struct shape_field second_factor_code_fields[] = {
    {"code", SHAPE_TEXT, SHAPE_SECRET, HELP("The one that the app shows now")},
    END,
};

const struct shape_field password_and_code_fields[] = {
    {"password", SHAPE_TEXT, SHAPE_SECRET, HELP("Your own")},
    {"code", SHAPE_TEXT, SHAPE_SECRET,
     HELP("Of the second factor, or a recovery code")},
    END,
};

const struct shape_field recovery_codes_fields[] = {
    {"recovery_codes", SHAPE_OF, OF("string[]"),
     HELP("Each can be used once in place of a code; shown only this once")},
    END,
};
