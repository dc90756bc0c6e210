/* Every row of the table of refusals, with texts as the servers and libraries wrote them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/compiler.h"
#include "pg/refusal.h"

enum { TCP, UNIX };

struct sample {
    const char *message; /* what PQerrorMessage() gave */
    int place;
    enum refusal_kind kind;
    enum error_code code;
    int64_t grace_ms;
    const char *reason;
};

#define AT_TCP  "connection to server at \"db\" (10.0.0.5), port 5432 failed: "
#define AT_UNIX "connection to server on socket \"/run/postgresql/.s.PGSQL.5432\" failed: "
#define FATAL(state, text, routine)                                                                \
    AT_TCP "FATAL:  " state ": " text "\nLOCATION:  " routine ", postmaster.c:2344\n"

static const struct sample samples[] = {
    {FATAL("57P03", "the database system is starting up", "ProcessStartupPacket"), TCP,
     REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "starting up"},
    {FATAL("57P03", "the database system is shutting down", "ProcessStartupPacket"), TCP,
     REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "shutting down"},
    {FATAL("57P03", "the database system is in recovery mode", "ProcessStartupPacket"), TCP,
     REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "in recovery"},
    {FATAL("57P03", "the database system is not yet accepting connections", "X"), TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "not yet accepting connections"},
    {AT_TCP "FATAL:  57P03: the database system is not accepting connections\n"
            "DETAIL:  Hot standby mode is disabled.\nLOCATION:  P, p.c:1\n",
     TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 60000, "a standby that takes no sessions"},
    {FATAL("57P01", "terminating connection due to administrator command", "P"), TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "connection terminated by the server"},
    {FATAL("57P04", "terminating connection because the database was dropped", "P"), TCP,
     REFUSAL_MISSING, ERR_DB_REFUSED, 30000, "database was dropped"},
    {FATAL("25P03", "terminating connection due to idle-in-transaction timeout", "P"), TCP,
     REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "connection terminated by the server"},
    {FATAL("25006", "cannot execute in a read-only transaction", "P"), TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "server is read-only"},
    {FATAL("53300", "sorry, too many clients already", "InitProcess"), TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "too many connections"},
    {FATAL("53300", "remaining connection slots are reserved for non-replication superuser", "I"),
     TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "too many connections"},
    {FATAL("53300", "too many connections for role \"app\"", "I"), TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "too many connections for the role"},
    {FATAL("53300", "too many connections for database \"app\"", "I"), TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "too many connections for the database"},
    {FATAL("53200", "out of memory", "I"), TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "server is out of resources"},
    {FATAL("28P01", "password authentication failed for user \"app\"", "auth_failed"), TCP,
     REFUSAL_GRACE, ERR_DB_REFUSED, AUTH_GRACE, "password authentication failed"},
    {AT_UNIX "FATAL:  28P01: password authentication failed for user \"app\"\n"
             "LOCATION:  auth_failed, auth.c:334\n",
     UNIX, REFUSAL_WAIT, ERR_DB_REFUSED, 0, "password authentication failed"},
    {AT_TCP "SCHWERWIEGEND:  28P01: Passwort-Authentifizierung fehlgeschlagen\n"
            "LOCATION:  auth_failed, auth.c:334\n",
     TCP, REFUSAL_GRACE, ERR_DB_REFUSED, AUTH_GRACE, "password authentication failed"},
    {FATAL("28000",
           "no pg_hba.conf entry for host \"10.0.0.9\", user \"app\", database \"app\", "
           "no encryption",
           "ClientAuthentication"),
     TCP, REFUSAL_GRACE, ERR_DB_REFUSED, AUTH_GRACE, "no pg_hba.conf entry without TLS"},
    {FATAL("28000",
           "no pg_hba.conf entry for host \"10.0.0.9\", user \"app\", database \"app\", "
           "SSL off",
           "ClientAuthentication"),
     TCP, REFUSAL_GRACE, ERR_DB_REFUSED, AUTH_GRACE, "no pg_hba.conf entry without TLS"},
    {FATAL("28000",
           "no pg_hba.conf entry for host \"10.0.0.9\", user \"app\", database \"app\", "
           "SSL encryption",
           "ClientAuthentication"),
     TCP, REFUSAL_GRACE, ERR_DB_REFUSED, AUTH_GRACE, "no pg_hba.conf entry"},
    {AT_UNIX "FATAL:  28000: kein pg_hba.conf-Eintrag\nLOCATION:  ClientAuthentication, a.c:1\n",
     UNIX, REFUSAL_WAIT, ERR_DB_REFUSED, 0, "no pg_hba.conf entry"},
    {FATAL("28000", "connection requires a valid client certificate", "ClientAuthentication"), TCP,
     REFUSAL_FINAL, ERR_DB_REFUSED, 0, "client certificate required"},
    {FATAL("28000", "role \"app\" does not exist", "InitializeSessionUserId"), TCP, REFUSAL_GRACE,
     ERR_DB_REFUSED, AUTH_GRACE, "login refused"},
    {AT_UNIX "FATAL:  28000: role \"app\" does not exist\n", UNIX, REFUSAL_WAIT, ERR_DB_REFUSED, 0,
     "login refused"},
    {FATAL("3D000", "database \"nope\" does not exist", "InitPostgres"), TCP, REFUSAL_MISSING,
     ERR_DB_REFUSED, 30000, "database does not exist"},
    {FATAL("42501", "permission denied for database \"app\"", "CheckMyDatabase"), TCP,
     REFUSAL_GRACE, ERR_DB_REFUSED, AUTH_GRACE, "permission denied"},
    {FATAL("42704", "unrecognized configuration parameter \"foo\"", "find_option"), TCP,
     REFUSAL_FINAL, ERR_CONFIG, 0, "unknown server setting in the connection options"},
    {FATAL("22023", "invalid value for parameter \"TimeZone\": \"x\"", "p"), TCP, REFUSAL_FINAL,
     ERR_CONFIG, 0, "bad server setting in the connection options"},
    {FATAL("42602", "invalid name", "p"), TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "bad server setting in the connection options"},
    {FATAL("55000", "database \"x\" is not currently accepting connections", "p"), TCP,
     REFUSAL_GRACE, ERR_DB_REFUSED, 30000, "database is not accepting connections"},
    {FATAL("0A000", "unsupported frontend protocol 3.0", "ProcessStartupPacket"), TCP,
     REFUSAL_FINAL, ERR_DB_REFUSED, 0, "protocol or feature not supported by the server"},
    {AT_TCP "FATAL:  08P01: unsupported startup parameter: options\n", TCP, REFUSAL_FINAL,
     ERR_CONFIG, 0, "start-up parameter not supported by the pooler"},
    {AT_TCP "FATAL:  08P01: password authentication failed\n", TCP, REFUSAL_GRACE, ERR_DB_REFUSED,
     AUTH_GRACE, "authentication failed"},
    {AT_TCP "FATAL:  08P01: query_wait_timeout\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "connection trouble reported by the server"},
    {FATAL("08P01", "invalid startup packet layout", "ProcessStartupPacket"), TCP, REFUSAL_FINAL,
     ERR_DB_REFUSED, 0, "protocol violation"},
    {FATAL("08006", "could not reach the compute node", "x"), TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE,
     0, "connection trouble reported by the server"},
    {FATAL("58P01", "could not open file", "x"), TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 30000,
     "server reports damage or an input/output error"},
    {FATAL("XX000", "Console request failed", "x"), TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 30000,
     "server reports an internal error"},
    {FATAL("P0001", "logins are closed", "x"), TCP, REFUSAL_GRACE, ERR_DB_REFUSED, AUTH_GRACE,
     "refused by a trigger of the server"},
    {FATAL("72000", "never heard of", "x"), TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0,
     "refused by the server"},

    {AT_TCP "fe_sendauth: no password supplied\n", TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0,
     "password required, none given"},
    {AT_TCP "server does not support SSL, but SSL was required\n", TCP, REFUSAL_GRACE,
     ERR_DB_REFUSED, 5000, "server does not offer TLS"},
    {AT_TCP "root certificate file \"/nope\" does not exist\nEither provide the file or change "
            "sslmode to disable server certificate verification.\n",
     TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0, "root certificate cannot be read"},
    {AT_TCP "could not read root certificate file \"/x\": no certificate or crl found\n", TCP,
     REFUSAL_FINAL, ERR_DB_REFUSED, 0, "root certificate cannot be read"},
    {AT_TCP "private key file \"/k\" has group or world access; file must have permissions u=rw "
            "(0600) or less\n",
     TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0, "client key cannot be used"},
    {AT_TCP "certificate present, but not private key file \"/k\"\n", TCP, REFUSAL_FINAL,
     ERR_DB_REFUSED, 0, "client key cannot be used"},
    {AT_TCP "SSL error: certificate verify failed\n", TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 10000,
     "certificate not trusted"},
    {AT_TCP "server certificate for \"a\" does not match host name \"db\"\n", TCP, REFUSAL_FINAL,
     ERR_DB_REFUSED, 0, "certificate is for another host name"},
    {AT_TCP "host name must be specified for a verified SSL connection\n", TCP, REFUSAL_FINAL,
     ERR_DB_REFUSED, 0, "no host name to verify the certificate by"},
    {AT_TCP "could not read certificate file \"/c\": x\n", TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0,
     "client certificate cannot be read"},
    {AT_TCP "SSL error: tlsv1 alert unknown ca\n", TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0,
     "TLS refused by the server"},
    {AT_TCP "SSL error: unsupported protocol\n", TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0,
     "no TLS version in common"},
    {AT_TCP "invalid SSL protocol version range\n", TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "ssl_min_protocol_version is above ssl_max_protocol_version"},
    {AT_TCP "SSL error: wrong version number\n", TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 10000,
     "TLS failed"},
    {AT_UNIX "channel binding required, but SSL not in use\n", UNIX, REFUSAL_FINAL, ERR_DB_REFUSED,
     0, "channel binding is not possible"},
    {AT_TCP "none of the server's SASL authentication mechanisms are supported\n", TCP,
     REFUSAL_FINAL, ERR_DB_REFUSED, 0, "no way of authentication in common"},
    {AT_TCP "authentication method requirement \"scram-sha-256\" failed: server requested a "
            "cleartext password\n",
     TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0, "no way of authentication in common"},
    {AT_TCP "Kerberos 5 authentication not supported\n", TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0,
     "no way of authentication in common"},
    {AT_TCP "GSSAPI encryption required but was impossible\n", TCP, REFUSAL_FINAL, ERR_DB_REFUSED,
     0, "GSSAPI encryption is not possible"},
    {AT_TCP "incorrect server signature\n", TCP, REFUSAL_FINAL, ERR_DB_REFUSED, 0,
     "server does not know the password itself"},
    {AT_TCP "received invalid response to SSL negotiation: H\n", TCP, REFUSAL_GRACE, ERR_DB_REFUSED,
     10000, "not PostgreSQL"},
    {AT_TCP "received invalid response to GSSAPI negotiation: H\n", TCP, REFUSAL_GRACE,
     ERR_DB_REFUSED, 10000, "not PostgreSQL"},
    {AT_TCP "expected authentication request from server, but received H\n", TCP, REFUSAL_GRACE,
     ERR_DB_REFUSED, 10000, "not PostgreSQL"},
    {AT_TCP "received invalid authentication request\n", TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 10000,
     "not PostgreSQL"},
    {AT_TCP "lost synchronization with server: got message type \"x\", length 1\n", TCP,
     REFUSAL_GRACE, ERR_DB_REFUSED, 10000, "not PostgreSQL"},
    {AT_TCP "session is read-only\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "server is read-only"},
    {AT_TCP "server is in hot standby mode\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "server is a standby"},
    {AT_TCP "session is not read-only\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "server is not read-only"},
    {AT_TCP "server is not in hot standby mode\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "server is not a standby"},

    {"could not translate host name \"db\" to address: Name or service not known\n", TCP,
     REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "host name not found"},
    {"could not translate host name \"db\" to address: Temporary failure in name resolution\n", TCP,
     REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "host name not found"},
    {"could not translate host name \"db\" to address: Name does not resolve\n", TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "host name not found"},
    {"could not translate host name \"db\" to address: Try again\n", TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "host name not found"},
    {"could not translate host name \"db\" to address: ai_family not supported\n", TCP,
     REFUSAL_FINAL, ERR_CONFIG, 0, "address family not supported here"},
    {AT_TCP "Address family not supported by protocol\n", TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "address family not supported here"},
    {AT_TCP "Connection refused\n\tIs the server running on that host and accepting TCP/IP "
            "connections?\n",
     TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "connection refused"},
    {AT_UNIX "Connection refused\n\tIs the server running locally and accepting connections on "
             "that socket?\n",
     UNIX, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "connection refused"},
    {AT_UNIX "No such file or directory\n\tIs the server running locally?\n", UNIX, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "no such socket"},
    {AT_TCP "server closed the connection unexpectedly\n\tThis probably means the server "
            "terminated abnormally\n\tbefore or while processing the request.\n",
     TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "connection closed at once"},
    {AT_TCP "SSL SYSCALL error: EOF detected\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "connection closed at once"},
    {AT_TCP "SSL connection has been closed unexpectedly\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE,
     0, "connection closed at once"},
    {AT_TCP "could not receive data from server: Connection reset by peer\n", TCP, REFUSAL_WAIT,
     ERR_DB_UNREACHABLE, 0, "connection reset"},
    {AT_TCP "could not send data to server: Broken pipe\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE,
     0, "connection reset"},
    {AT_TCP "Software caused connection abort\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "connection reset"},
    {AT_TCP "Connection timed out\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "no answer"},
    {AT_TCP "Operation timed out\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "no answer"},
    {AT_TCP "timeout expired\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "no answer"},
    {AT_TCP "No route to host\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "no route to host"},
    {AT_TCP "Host is unreachable\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "no route to host"},
    {AT_TCP "Network is unreachable\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "network unreachable"},
    {AT_TCP "Network unreachable\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "network unreachable"},
    {AT_TCP "Network is down\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "network unreachable"},
    {AT_TCP "Invalid argument\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0, "network unreachable"},
    {AT_TCP "Cannot assign requested address\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "no local address free"},
    {AT_TCP "Address not available\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "no local address free"},
    {AT_UNIX "Resource temporarily unavailable\n", UNIX, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "server is busy"},
    {AT_UNIX "Permission denied\n", UNIX, REFUSAL_GRACE, ERR_DB_REFUSED, 5000,
     "no permission for the socket"},
    {AT_TCP "Permission denied\n", TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 30000,
     "forbidden by a network policy"},
    {AT_TCP "Operation not permitted\n", TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 30000,
     "forbidden by a network policy"},
    {"could not create socket: Too many open files\n", TCP, REFUSAL_GRACE, ERR_SYSTEM, 5000,
     "too many open files"},
    {"could not create socket: No file descriptors available\n", TCP, REFUSAL_GRACE, ERR_SYSTEM,
     5000, "too many open files"},
    {"could not create socket: Cannot allocate memory\n", TCP, REFUSAL_GRACE, ERR_SYSTEM, 5000,
     "out of memory"},
    {"out of memory\n", TCP, REFUSAL_GRACE, ERR_SYSTEM, 5000, "out of memory"},
    {"could not create socket: Out of memory\n", TCP, REFUSAL_GRACE, ERR_SYSTEM, 5000,
     "out of memory"},
    {"could not create socket: No buffer space available\n", TCP, REFUSAL_GRACE, ERR_SYSTEM, 5000,
     "out of memory"},
    {AT_TCP "could not send startup packet: Weird\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "connection lost"},
    {AT_TCP "could not receive data from server: Weird\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "connection lost"},
    {AT_TCP "could not connect to server: Weird\n", TCP, REFUSAL_WAIT, ERR_DB_UNREACHABLE, 0,
     "cannot connect"},

    {"could not look up local user ID 0: No such file or directory\n", TCP, REFUSAL_FINAL,
     ERR_CONFIG, 0, "no database user given"},
    {"local user with ID 1000 does not exist\n", TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "no database user given"},
    {"Unix-domain socket path \"/very/long\" is too long (maximum 107 bytes)\n", UNIX,
     REFUSAL_FINAL, ERR_CONFIG, 0, "path of the unix socket is too long"},
    {"could not parse network address \"x\": Name or service not known\n", TCP, REFUSAL_FINAL,
     ERR_CONFIG, 0, "hostaddr is no network address"},
    {"invalid port number: \"99999\"\n", TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "port is no number from 1 to 65535"},
    {"definition of service \"foo\" not found\n", TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "service is not defined"},
    {"service file \"/x\" not found\n", TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "service is not defined"},
    {"invalid sslmode value: \"foo\"\n", TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "connection setting that libpq does not accept"},
    {"could not match 2 host names to 3 hostaddr values\n", TCP, REFUSAL_FINAL, ERR_CONFIG, 0,
     "numbers of hosts and ports do not match"},
    {"weak sslmode \"require\" may not be used with sslrootcert=system\n", TCP, REFUSAL_FINAL,
     ERR_CONFIG, 0, "connection setting that libpq does not accept"},
    {"something that nobody ever wrote\n", TCP, REFUSAL_GRACE, ERR_DB_REFUSED, 30000,
     "connection failed"},
};

static struct refusal judge(const char *message, int place)
{
    struct refusal_context context = {.is_unix_socket = place == UNIX};
    struct refusal_answer answers[REFUSAL_ANSWERS_MAX];
    size_t count = refusal_answers(slice_from(message), answers, COUNT_OF(answers));

    return refusal_choose(answers, count, &context);
}

static void classify_walks_every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const struct sample *sample = &samples[i];
        struct refusal refusal = judge(sample->message, sample->place);

        if (strcmp(refusal.reason, sample->reason) != 0)
            fail_msg("%s\n-> %s, not %s", sample->message, refusal.reason, sample->reason);
        if (refusal.kind != sample->kind || refusal.code != sample->code ||
            refusal.grace_ms != sample->grace_ms)
            fail_msg("%s\n-> kind %d, code %d, grace %d", sample->message, (int)refusal.kind,
                     (int)refusal.code, (int)refusal.grace_ms);
        assert_non_null(refusal.backoff);
    }
}

static void backoff_follows_the_kind_of_refusal(void **state)
{
    (void)state;
    assert_ptr_equal(judge(AT_TCP "Connection refused\n", TCP).backoff, &backoff_connect);
    assert_ptr_equal(judge(FATAL("53300", "x", "y"), TCP).backoff, &backoff_crowded);
    assert_ptr_equal(judge(FATAL("28P01", "x", "y"), TCP).backoff, &backoff_refused);
    assert_ptr_equal(judge(FATAL("28P01", "x", "y"), UNIX).backoff, &backoff_refused);
}

static void needs_password_overrules_the_text(void **state)
{
    struct refusal_context context = {.needs_password = true};
    struct refusal_answer answer = {.text = SLICE("fe_sendauth: kein Passwort angegeben")};

    (void)state;
    assert_string_equal(refusal_classify(&answer, &context).reason,
                        "password required, none given");
}

static void answers_sslmode_prefer_gives_two(void **state)
{
    const char message[] = FATAL("28P01", "password authentication failed", "auth_failed")
        FATAL("28000", "no pg_hba.conf entry, no encryption", "ClientAuthentication");
    struct refusal_answer answers[4];

    (void)state;
    assert_int_equal(refusal_answers(slice_from(message), answers, 4), 2);
    assert_string_equal(answers[0].sqlstate, "28P01");
    assert_true(slice_equal_text(answers[0].text, "password authentication failed"));
    assert_true(slice_equal_text(answers[0].routine, "auth_failed"));
    assert_string_equal(answers[1].sqlstate, "28000");
    assert_true(slice_equal_text(answers[1].routine, "ClientAuthentication"));
    assert_string_equal(judge(message, TCP).sqlstate, "28P01");
}

static void answers_keep_detail_and_drop_location(void **state)
{
    const char message[] = AT_TCP "FATAL:  57P03: not accepting\nDETAIL:  why\nLOCATION:  a, b:1\n";
    struct refusal_answer answer;

    (void)state;
    assert_int_equal(refusal_answers(slice_from(message), &answer, 1), 1);
    assert_true(slice_equal_text(answer.text, "not accepting\nDETAIL:  why"));
}

static void answers_hostile_texts_stay_in_bounds(void **state)
{
    static const char *const messages[] = {
        "",
        "\n",
        ":  ",
        "FATAL:  28",
        "FATAL:  28P01",
        "FATAL:  28P01:",
        "LOCATION:",
        "LOCATION:\n",
        "connection to server at ",
        "connection to server at x failed: ",
        "x\nLOCATION:  a\nmore",
    };
    struct refusal_answer answers[2];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        assert_true(refusal_answers(slice_from(messages[i]), answers, 2) <= 2);
        assert_non_null(judge(messages[i], TCP).reason);
    }
    assert_string_equal(judge("", TCP).reason, "no answer");
}

static void answers_beyond_max_are_left_out(void **state)
{
    const char message[] =
        AT_TCP "Connection refused\n" AT_TCP "Connection refused\n" AT_TCP "Connection refused\n";
    struct refusal_answer answers[2];

    (void)state;
    assert_int_equal(refusal_answers(slice_from(message), answers, 2), 2);
}

static void choose_takes_the_most_hopeful(void **state)
{
    (void)state;
    assert_string_equal(
        judge(FATAL("3D000", "no db", "I") AT_TCP "Connection refused\n", TCP).reason,
        "connection refused");
    assert_string_equal(judge(FATAL("28P01", "no", "I") FATAL("3D000", "no db", "I"), TCP).reason,
                        "database does not exist");
    assert_string_equal(judge(FATAL("0A000", "no", "I") FATAL("28P01", "no", "I"), TCP).reason,
                        "password authentication failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classify_walks_every_row),
        cmocka_unit_test(backoff_follows_the_kind_of_refusal),
        cmocka_unit_test(needs_password_overrules_the_text),
        cmocka_unit_test(answers_sslmode_prefer_gives_two),
        cmocka_unit_test(answers_keep_detail_and_drop_location),
        cmocka_unit_test(answers_hostile_texts_stay_in_bounds),
        cmocka_unit_test(answers_beyond_max_are_left_out),
        cmocka_unit_test(choose_takes_the_most_hopeful),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
