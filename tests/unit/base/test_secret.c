#include "base/secret.h"
#include "support/suite.h"

#include <string.h>

#include "base/banned.h"

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    static const char digits[] = "0123456789abcdef";

    assert_int_equal(strlen(hex), SECRET_DIGEST * 2);
    for (size_t i = 0; i < SECRET_DIGEST; i++) {
        assert_int_equal(digits[bytes[i] >> 4], hex[2 * i]);
        assert_int_equal(digits[bytes[i] & 15], hex[2 * i + 1]);
    }
}

/* FIPS 180-2, appendix B.1, and the empty message. */
static void sha256_gives_the_published_digests(void **state)
{
    uint8_t out[SECRET_DIGEST];

    (void)state;
    secret_sha256("abc", 3, out);
    assert_hex(out, "ba7816bf8f01cfea414140de5dae2223"
                    "b00361a396177a9cb410ff61f20015ad");
    secret_sha256("", 0, out);
    assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb924"
                    "27ae41e4649b934ca495991b7852b855");
}

/* FIPS 180-2, appendix B.2. */
static void what_comes_in_parts_has_the_same_digest(void **state)
{
    struct secret_hash *hash = secret_hash_new();
    uint8_t out[SECRET_DIGEST];

    (void)state;
    assert_non_null(hash);
    secret_hash_add(hash, "abcdbcdecdefdefgefghfghighijhi", 30);
    secret_hash_add(hash, "", 0);
    secret_hash_add(hash, "jkijkljklmklmnlmnomnopnopq", 26);
    secret_hash_end(hash, out);
    secret_hash_free(hash);
    assert_hex(out, "248d6a61d20638b8e5c026930c3e6039"
                    "a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4231, test cases 2 and 6. */
static void hmac_gives_the_published_digests(void **state)
{
    static const char data[] =
        "Test Using Larger Than Block-Size Key - Hash Key First";
    uint8_t key[131];
    uint8_t out[SECRET_DIGEST];

    (void)state;
    secret_hmac("Jefe", 4, "what do ya want for nothing?", 28, out);
    assert_hex(out, "5bdcc146bf60754e6a042426089575c7"
                    "5a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    secret_hmac(key, sizeof(key), data, sizeof(data) - 1, out);
    assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f"
                    "8e0bc6213728c5140546040f0ee37f54");
}

static void equal_looks_at_every_byte(void **state)
{
    (void)state;
    assert_true(secret_equal("abc", "abc", 3));
    assert_false(secret_equal("abc", "abd", 3));
    assert_false(secret_equal("xbc", "abc", 3));
    assert_true(secret_equal("", "x", 0));
}

/* RFC 4648, section 10, and the two characters that differ from base64. */
static void encodes_base64url(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } cases[] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "-__-"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t len = strlen(cases[i].bytes);
        size_t text_len = strlen(cases[i].text);
        char text[16];
        char bytes[8];

        assert_int_equal(secret_encode(cases[i].bytes, len, text), text_len);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(secret_decode(text, text_len, bytes, len), len);
        assert_memory_equal(bytes, cases[i].bytes, len);
        if (len > 0)
            assert_int_equal(secret_decode(text, text_len, bytes, len - 1), -1);
    }
}

static void decode_refuses_other_spellings(void **state)
{
    static const char *const cases[] = {
        "Z",    "Zg==", "Zh",    "Zm9",        "Zm9vY",
        "+/+/", "Zm 9", "Zm9\n", "Zg\xff\xff",
    };
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(
            secret_decode(cases[i], strlen(cases[i]), bytes, sizeof(bytes)),
            -1);
    assert_int_equal(secret_decode("AA\0A", 4, bytes, sizeof(bytes)), -1);
}

static void new_secrets_differ_and_decode(void **state)
{
    char a[SECRET_TEXT_MAX];
    char b[SECRET_TEXT_MAX];
    uint8_t bytes[32];
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(secret_new(a, &err), 0);
    assert_int_equal(secret_new(b, &err), 0);
    assert_int_equal(strlen(a), SECRET_TEXT_MAX - 1);
    assert_string_not_equal(a, b);
    assert_int_equal(secret_decode(a, strlen(a), bytes, sizeof(bytes)), 32);
}

/* The vectors of the paper (Aumasson, Bernstein), appendix A, and of its
 * reference program. */
static void siphash_gives_the_published_values(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } cases[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
        {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
        {15, UINT64_C(0xa129ca6149be45e5)},
    };
    uint8_t key[SECRET_SIPHASH_KEY];
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < 16; i++)
        key[i] = bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_true(secret_siphash(key, bytes, cases[i].len) == cases[i].hash);
}

SUITE(secret)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_published_digests),
        cmocka_unit_test(what_comes_in_parts_has_the_same_digest),
        cmocka_unit_test(hmac_gives_the_published_digests),
        cmocka_unit_test(equal_looks_at_every_byte),
        cmocka_unit_test(encodes_base64url),
        cmocka_unit_test(decode_refuses_other_spellings),
        cmocka_unit_test(new_secrets_differ_and_decode),
        cmocka_unit_test(siphash_gives_the_published_values),
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
