/*
 * libpq_scram - SCRAM's salted password, for the libpq of the static binary
 *
 * Why here   RFC 5802's Hi() is PBKDF2 of one block, which OpenSSL has whole. libpq takes it apart
 *            into 4,096 HMACs, and OpenSSL 3 looks the digest up by its name for each of them:
 *            3.8 ms instead of 0.9 (PostgreSQL 17.11 and OpenSSL 3.5.7), at each log-in with a
 *            password.
 * How        build-deps.sh gives libpq's own function another name, and puts this text at the end
 *            of its file, src/common/scram-common.c: the prototype there checks the parameters.
 */
#include <openssl/err.h>
#include <openssl/evp.h>

#if PG_VERSION_NUM >= 160000
int scram_SaltedPassword(const char *password, pg_cryptohash_type hash_type, int key_length,
                         const char *salt, int saltlen, int iterations, uint8 *result,
                         const char **errstr)
#else
int scram_SaltedPassword(const char *password, const char *salt, int saltlen, int iterations,
                         uint8 *result, const char **errstr)
#endif
{
    enum { SHA256_LENGTH = 32 };
    const char *reason;

#if PG_VERSION_NUM >= 160000
    if (hash_type != PG_SHA256 || key_length != SHA256_LENGTH) {
        *errstr = "SCRAM with this hash is not supported";
        return -1;
    }
#endif
    ERR_clear_error();
    if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (const unsigned char *)salt, saltlen,
                          iterations, EVP_sha256(), SHA256_LENGTH, result))
        return 0;
    reason = ERR_reason_error_string(ERR_get_error());
    *errstr = reason ? reason : "PBKDF2 failed";
    return -1;
}
