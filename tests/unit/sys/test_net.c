#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/net.h"
#include "tests/support/scratch.h"

static struct net_target target_of(struct scratch *scratch, const char *text)
{
    struct net_target target;
    struct error err;

    if (!net_target_parse(slice_from(text), scratch->arena, &target, &err))
        fail_msg("%s: %s", text, err.what);
    return target;
}

static struct net_target local_target(struct scratch *scratch, const char *scheme, unsigned port)
{
    return target_of(scratch, arena_printf(scratch->arena, "%s://127.0.0.1:%u", scheme, port));
}

/* As the waiter does, with poll() in libev's place. */
static void probe_to_its_end(struct net_probe *probe, const struct net_target *target)
{
    int64_t deadline_ms = clock_monotonic_ms() + 20000;

    net_probe_start(probe, target);
    while (probe->state == NET_WANT_READ || probe->state == NET_WANT_WRITE) {
        net_probe_advance(probe); /* also when nothing has happened yet */
        if (probe->state == NET_READY || probe->state == NET_FAILED)
            break;
        if (fd_wait(probe->fd, probe->state == NET_WANT_WRITE, -1, deadline_ms) != FD_READY)
            fail_msg("%s: nothing happened", target->text);
        net_probe_advance(probe);
    }
}

static void assert_ready(const struct net_target *target)
{
    struct net_probe probe;

    probe_to_its_end(&probe, target);
    if (probe.state != NET_READY)
        fail_msg("%s: %s", target->text, probe.reason);
    net_probe_stop(&probe);
    assert_int_equal(probe.fd, -1);
}

static void assert_failed(const struct net_target *target, const char *reason)
{
    struct net_probe probe;

    probe_to_its_end(&probe, target);
    assert_int_equal(probe.state, NET_FAILED);
    assert_string_equal(probe.reason, reason);
    net_probe_stop(&probe);
    net_probe_stop(&probe);
}

static int bind_local(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int listen_local(unsigned *port)
{
    int fd = bind_local(port);

    assert_int_equal(listen(fd, 5), 0);
    return fd;
}

/* In a child: take one connection, read the request to its empty line, answer byte by byte. */
static void serve_one(int listener, const char *answer)
{
    int fd = accept(listener, NULL, NULL);
    const char *first_bytes = "GET / HTTP/1.1\r\nHost: 127.0.0.1:";
    char request[1024];
    size_t len = 0;

    while (len < 4 || memcmp(request + len - 4, "\r\n\r\n", 4) != 0)
        if (len == sizeof request || read(fd, request + len++, 1) != 1)
            _exit(1);
    for (; *answer; answer++)
        if (send(fd, answer, 1, MSG_NOSIGNAL) != 1)
            break; /* heard enough */
    _exit(slice_starts_with((struct slice){request, len}, first_bytes) ? 0 : 2);
}

static void assert_http(struct scratch *scratch, const char *answer, const char *reason)
{
    unsigned port;
    int listener = listen_local(&port), status;
    pid_t server = fork();
    struct net_target target = local_target(scratch, "http", port);

    if (server == 0)
        serve_one(listener, answer);
    if (reason)
        assert_failed(&target, reason);
    else
        assert_ready(&target);
    assert_int_equal(waitpid(server, &status, 0), server);
    assert_int_equal(status, 0);
    close(listener);
}

static void net_target_parse_every_scheme_is_taken_apart(void **state)
{
    const struct {
        const char *text;
        struct net_target target;
    } rows[] = {
        {"tcp://redis:6379", {NET_TCP, NULL, "redis", "6379", "/"}},
        {"tcp://redis:6379/", {NET_TCP, NULL, "redis", "6379", "/"}},
        {"tcp://[::1]:5432", {NET_TCP, NULL, "::1", "5432", "/"}},
        {"tcp://[fe80::1%eth0]:1", {NET_TCP, NULL, "fe80::1%eth0", "1", "/"}},
        {"http://api", {NET_HTTP, NULL, "api", "80", "/"}},
        {"http://api:8080/health?deep=1", {NET_HTTP, NULL, "api", "8080", "/health?deep=1"}},
        {"http://[::1]/a@b", {NET_HTTP, NULL, "::1", "80", "/a@b"}},
        {"http://api/a#part", {NET_HTTP, NULL, "api", "80", "/a"}},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct net_target target = target_of(*state, rows[i].text);

        assert_int_equal(target.scheme, rows[i].target.scheme);
        assert_string_equal(target.text, rows[i].text);
        assert_string_equal(target.host, rows[i].target.host);
        assert_string_equal(target.port, rows[i].target.port);
        assert_string_equal(target.path, rows[i].target.path);
    }
    assert_string_equal(target_of(*state, "unix:///run/db.sock").host, "/run/db.sock");
}

static void net_target_parse_anything_else_is_refused_without_repeating_it(void **state)
{
    struct scratch *scratch = *state;
    char long_unix[128] = "unix:///", long_http[700] = "http://h/";
    const char *const rows[] = {
        "",
        "redis:6379",
        "redis",
        "tcp://",
        "tcp://redis",
        "tcp://redis:",
        "tcp://redis:0",
        "tcp://redis:65536",
        "tcp://redis:99999999999",
        "tcp://redis:http",
        "tcp://redis:1/path",
        "tcp://:1",
        "tcp://a b:1",
        "tcp://a:b:1",
        "tcp://[::1:1",
        "tcp://[::1]1",
        "tcp://[]:1",
        "https://api",
        "http://",
        "http:///path",
        "http://api?x",
        "http://api/a b",
        "http://api/a\r\nX: y",
        "http://api/\u00e9",
        "http://u:hunter2@api/",
        "http://hunter2@api",
        "postgres://u:hunter2@db/x",
        "tcp://u:hunter2@redis:6379",
        "unix://relative",
        "unix://",
        long_unix,
        long_http,
    };

    memset(long_unix + 8, 'x', sizeof long_unix - 9);
    memset(long_http + 9, 'x', sizeof long_http - 10);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct net_target target = {.text = "before"};
        struct error err;

        if (net_target_parse(slice_from(rows[i]), scratch->arena, &target, &err))
            fail_msg("accepted %s", rows[i]);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_string_equal(target.text, "before");
        assert_null(strstr(err.what, "hunter2"));
        assert_null(strstr(err.hint, "hunter2"));
        assert_true(err.hint[0]);
    }
}

static void net_probe_tcp_listener_is_ready(void **state)
{
    unsigned port;
    int listener = listen_local(&port);
    struct net_target target = local_target(*state, "tcp", port);

    assert_ready(&target);
    close(listener);
}

static void net_probe_closed_port_is_refused(void **state)
{
    unsigned port;
    int bound = bind_local(&port); /* ours, so that nobody else listens there */
    struct net_target tcp = local_target(*state, "tcp", port);
    struct net_target http = local_target(*state, "http", port);

    assert_failed(&tcp, "connection refused");
    assert_failed(&http, "connection refused");
    close(bound);
}

/* Where localhost is ::1 as well, that one refuses. */
static void net_probe_name_with_several_addresses_tries_each(void **state)
{
    struct scratch *scratch = *state;
    unsigned port;
    int listener = listen_local(&port);
    struct net_target target =
        target_of(scratch, arena_printf(scratch->arena, "tcp://localhost:%u", port));

    assert_ready(&target);
    close(listener);
}

static void net_probe_impossible_name_does_not_resolve(void **state)
{
    struct net_target target = target_of(*state, "tcp://a..b:1");

    assert_failed(&target, "name does not resolve");
}

static void net_probe_http_good_status_is_ready(void **state)
{
    assert_http(*state, "HTTP/1.1 200 OK\r\n\r\n", NULL);
    assert_http(*state, "HTTP/1.0 204 No Content\r\n\r\n", NULL);
    assert_http(*state, "HTTP/1.1 302 Found\r\n\r\n", NULL);
    assert_http(*state, "HTTP/1.1 399", NULL);
}

static void net_probe_http_other_status_is_told(void **state)
{
    assert_http(*state, "HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP status 503");
    assert_http(*state, "HTTP/1.1 404 Not Found\r\n\r\n", "HTTP status 404");
    assert_http(*state, "HTTP/1.1 100 Continue\r\n\r\n", "HTTP status 100");
    assert_http(*state, "HTTP/1.1 400", "HTTP status 400");
}

static void net_probe_http_no_http_is_told(void **state)
{
    assert_http(*state, "220 mail.example ESMTP ready\r\n", "the answer is not HTTP");
    assert_http(*state, "HTTP/1.1 2x0 OK\r\n", "the answer is not HTTP");
    assert_http(*state, "HTTP/1.1_200 OK\r\n", "the answer is not HTTP");
}

static void net_probe_http_closed_early_is_told(void **state)
{
    assert_http(*state, "", "closed without an answer");
    assert_http(*state, "HTTP/1.1 20", "closed without an answer");
}

static void net_probe_silent_http_server_keeps_waiting(void **state)
{
    unsigned port;
    int listener = listen_local(&port);
    struct net_target target = local_target(*state, "http", port);
    struct net_probe probe;

    net_probe_start(&probe, &target);
    while (probe.state == NET_WANT_WRITE) {
        assert_int_equal(fd_wait(probe.fd, true, -1, clock_monotonic_ms() + 20000), FD_READY);
        net_probe_advance(&probe);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(probe.state, NET_WANT_READ);
        net_probe_advance(&probe);
    }
    net_probe_stop(&probe);
    close(listener);
}

static int listen_unix(const char *path, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    if (backlog >= 0)
        assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static void net_probe_unix_socket_states_are_told_apart(void **state)
{
    struct scratch *scratch = *state;
    char *path = scratch_at(scratch, "db.sock");
    struct net_target target = target_of(scratch, arena_printf(scratch->arena, "unix://%s", path));
    int listener;

    assert_failed(&target, "no such socket");
    listener = listen_unix(path, 5);
    assert_ready(&target);
    close(listener);
    assert_failed(&target, "connection refused");
    unlink(path);
    scratch_write(scratch, "db.sock", SLICE("no socket"));
    assert_failed(&target, "connection refused");
}

static void net_probe_unix_socket_with_full_queue_fails_at_once(void **state)
{
    struct scratch *scratch = *state;
    char *path = scratch_at(scratch, "db.sock");
    struct net_target target = target_of(scratch, arena_printf(scratch->arena, "unix://%s", path));
    int listener = listen_unix(path, 0);
    struct net_probe first, second;

    net_probe_start(&first, &target);
    assert_int_equal(first.state, NET_READY);
    net_probe_start(&second, &target);
    assert_int_equal(second.state, NET_FAILED);
    assert_string_equal(second.reason, "its queue of connections is full");
    net_probe_stop(&first);
    net_probe_stop(&second);
    close(listener);
}

/* What the kernel does by chance to a port of the ephemeral range, done on purpose. */
static void net_probe_connected_to_itself_is_nobody_there(void **state)
{
    struct net_probe probe = {.state = NET_WANT_WRITE};
    struct net_target target;
    struct sockaddr_in own;
    socklen_t len = sizeof own;
    unsigned port;

    probe.fd = bind_local(&port);
    target = local_target(*state, "tcp", port);
    probe.target = &target;
    assert_int_equal(getsockname(probe.fd, (struct sockaddr *)&own, &len), 0);
    assert_int_equal(connect(probe.fd, (struct sockaddr *)&own, len), 0);
    net_probe_advance(&probe);
    assert_int_equal(probe.state, NET_FAILED);
    assert_string_equal(probe.reason, "connection refused");
    net_probe_stop(&probe);
}

static void net_probe_advance_after_the_end_changes_nothing(void **state)
{
    unsigned port;
    int listener = listen_local(&port);
    struct net_target target = local_target(*state, "tcp", port);
    struct net_probe probe;

    probe_to_its_end(&probe, &target);
    net_probe_advance(&probe);
    assert_int_equal(probe.state, NET_READY);
    net_probe_stop(&probe);
    close(listener);
}

static void address_in_digits_is_understood(void **state)
{
    static const struct {
        const char *host, *port;
        int family; /* 0: none */
    } rows[] = {
        {"127.0.0.1", "80", AF_INET},
        {"::1", "65535", AF_INET6},
        {"::", "1", AF_INET6},
        {"localhost", "80", 0},
        {"127.0.0.1", "0", 0},
        {"127.0.0.1", "65536", 0},
        {"127.0.0.1", "", 0},
        {"127.1", "80", 0},
        {"", "80", 0},
        {"::1", "80x", 0},
        {"fe80::1%lo", "80", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct net_address address;

        assert_int_equal(net_address_parse(rows[i].host, rows[i].port, &address),
                         rows[i].family != 0);
        if (rows[i].family)
            assert_int_equal(address.storage.ss_family, rows[i].family);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_in_digits_is_understood),
        cmocka_unit_test_setup_teardown(net_target_parse_every_scheme_is_taken_apart, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(
            net_target_parse_anything_else_is_refused_without_repeating_it, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_tcp_listener_is_ready, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_closed_port_is_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_name_with_several_addresses_tries_each,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_impossible_name_does_not_resolve, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_http_good_status_is_ready, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_http_other_status_is_told, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_http_no_http_is_told, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_http_closed_early_is_told, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_silent_http_server_keeps_waiting, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_unix_socket_states_are_told_apart, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_unix_socket_with_full_queue_fails_at_once,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_connected_to_itself_is_nobody_there,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(net_probe_advance_after_the_end_changes_nothing,
                                        scratch_setup, scratch_teardown),
    };

    alarm(120); /* what blocks must fail, not hang */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
