#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "base/text.h"
#include "sys/clock.h"
#include "sys/log.h"

enum { LINE_MAX_BYTES = 4096 };

static const struct log_settings text_settings = {LOG_TEXT, LOG_DEBUG, false, 1000};
static const struct log_settings json_settings = {LOG_JSON, LOG_DEBUG, false, 1000};

/* Where stderr goes while a case looks at it; cmocka reports its failures on the real one. */
static struct {
    int real_stderr;
    int read_fd;
    char said[64 * 1024];
} capture;

static void capture_into(int write_fd, int read_fd)
{
    capture.real_stderr = dup(STDERR_FILENO);
    capture.read_fd = read_fd;
    dup2(write_fd, STDERR_FILENO);
    close(write_fd);
}

static void capture_begin(void)
{
    int ends[2];

    if (pipe(ends) < 0)
        abort();
    capture_into(ends[1], ends[0]);
}

static const char *capture_end(void)
{
    size_t len = 0;
    ssize_t got;

    dup2(capture.real_stderr, STDERR_FILENO);
    close(capture.real_stderr);
    while ((got = read(capture.read_fd, capture.said + len, sizeof capture.said - 1 - len)) > 0)
        len += (size_t)got;
    close(capture.read_fd);
    capture.said[len] = '\0';
    return capture.said;
}

static unsigned line_count(const char *text)
{
    unsigned count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static json_t *parse_one_object(const char *line)
{
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);

    if (!object)
        fail_msg("%s at %d of: %s", error.text, error.position, line);
    assert_int_equal(line_count(line), 1);
    assert_true(strlen(line) <= LINE_MAX_BYTES);
    return object;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "(none)";
}

static void log_line_text_carries_the_prefix_of_its_scope(void **state)
{
    (void)state;
    log_configure(&text_settings);
    capture_begin();
    log_line(LOG_INFO, LOG_MIGRATION, "migration.applied", "✓ %s (%d ms)", "0014_add_orders", 38);
    log_line(LOG_INFO, LOG_INIT, "app.exited", "app ended");
    assert_string_equal(capture_end(), "[Migration] ✓ 0014_add_orders (38 ms)\n"
                                       "[migrinit] app ended\n");
}

static void log_line_foreign_bytes_are_made_safe(void **state)
{
    (void)state;
    log_configure(&text_settings);
    capture_begin();
    log_line(LOG_INFO, LOG_MIGRATION, "x", "✗ %s", "a\n[Migration] forged\r\033[2J\xff\u202E");
    assert_string_equal(capture_end(), "[Migration] ✗ a [Migration] forged ?[2J??\n");
}

static void log_line_timestamps_come_first(void **state)
{
    (void)state;
    const struct log_settings settings = {LOG_TEXT, LOG_INFO, true, 1000};
    const char *said;

    log_configure(&settings);
    capture_begin();
    log_line(LOG_INFO, LOG_INIT, "x", "hello");
    said = capture_end();
    assert_int_equal(strspn(said, "0123456789-T:.Z"), strlen("2026-11-21T01:25:17.123Z"));
    assert_string_equal(said + 24, " [migrinit] hello\n");
}

static void log_line_below_the_level_is_silent(void **state)
{
    (void)state;
    struct log_settings settings = text_settings;

    for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        settings.level = (enum log_level)level;
        log_configure(&settings);
        capture_begin();
        for (int said = LOG_ERROR; said <= LOG_DEBUG; said++)
            log_line((enum log_level)said, LOG_INIT, "x", "line");
        assert_int_equal(line_count(capture_end()), level + 1);
        assert_int_equal(log_enabled(LOG_DEBUG), level == LOG_DEBUG);
    }
}

static void log_line_too_long_is_one_line_cut_between_characters(void **state)
{
    (void)state;
    static char message[8000];
    char safe[LINE_MAX_BYTES + 1];

    log_configure(&text_settings);
    for (size_t shift = 0; shift < 3; shift++) {
        size_t len = shift;
        const char *said;

        memset(message, 'x', shift);
        for (; len + 3 < sizeof message; len += 3)
            memcpy(message + len, "✓", 4);
        capture_begin();
        log_line(LOG_INFO, LOG_MIGRATION, "x", "%s", message);
        said = capture_end();
        assert_in_range(strlen(said), LINE_MAX_BYTES - 32, LINE_MAX_BYTES);
        assert_int_equal(line_count(said), 1);
        assert_int_equal(said[strlen(said) - 1], '\n');
        text_sanitize((struct slice){said, strlen(said) - 1}, safe, sizeof safe);
        assert_memory_equal(safe, said, strlen(said) - 1);
    }
}

static void log_event_json_is_the_documented_object(void **state)
{
    (void)state;
    const char *said, *after_time;

    log_configure(&json_settings);
    capture_begin();
    log_event(LOG_INFO, LOG_MIGRATION, "migration.applied",
              LOG_FIELDS(log_str("id", "0014"), log_int("duration_ms", 38)), "✓ %s", "0014");
    said = capture_end();
    assert_memory_equal(said, "{\"time\":\"", 9);
    after_time = strstr(said, "Z\"");
    assert_non_null(after_time);
    assert_string_equal(after_time, "Z\",\"level\":\"info\",\"scope\":\"migration\","
                                    "\"event\":\"migration.applied\",\"message\":\"✓ 0014\","
                                    "\"id\":\"0014\",\"duration_ms\":38}\n");
}

static void log_event_json_quotes_and_foreign_bytes_are_escaped(void **state)
{
    (void)state;
    json_t *object;

    log_configure(&json_settings);
    capture_begin();
    log_event(LOG_WARN, LOG_INIT, "x",
              LOG_FIELDS(log_str("path", "C:\\a\n\"b\""), log_int("least", INT64_MIN),
                         log_str("none", NULL)),
              "say \"%s\"", "\x1b\xff\\");
    object = parse_one_object(capture_end());
    assert_string_equal(text_of(object, "message"), "say \"?\?\\\"");
    assert_string_equal(text_of(object, "path"), "C:\\a \"b\"");
    assert_string_equal(text_of(object, "none"), "");
    assert_string_equal(text_of(object, "level"), "warn");
    assert_string_equal(text_of(object, "scope"), "init");
    assert_true(json_integer_value(json_object_get(object, "least")) == INT64_MIN);
    json_decref(object);
}

static void log_event_json_everything_too_long_is_still_an_object(void **state)
{
    (void)state;
    static char quotes[6000];
    json_t *object;

    memset(quotes, '"', sizeof quotes - 1);
    log_configure(&json_settings);
    capture_begin();
    log_event(LOG_INFO, LOG_MIGRATION, "x",
              LOG_FIELDS(log_int("first", 1), log_str("a", quotes), log_str("b", quotes),
                         log_int("last", 2)),
              "%s", quotes);
    object = parse_one_object(capture_end());
    assert_int_equal(json_integer_value(json_object_get(object, "first")), 1);
    assert_true(json_string_length(json_object_get(object, "message")) > 1000);
    assert_true(json_string_length(json_object_get(object, "a")) > 100);
    json_decref(object);
}

/* Whatever the lengths, a line ends with its last brace. */
static void log_event_json_random_bytes_are_always_an_object(void **state)
{
    (void)state;
    static const unsigned char interesting[] = {'"', '\\', '\n', 0x1B, 0xE2, 0x9C, 0x93, 0xFF, 'x'};
    char message[LINE_MAX_BYTES], field[2 * LINE_MAX_BYTES];

    srandom(20261121);
    log_configure(&json_settings);
    for (int round = 0; round < 2000; round++) {
        size_t message_len = (size_t)random() % sizeof message;
        size_t field_len = (size_t)random() % sizeof field;

        for (size_t i = 0; i < message_len; i++)
            message[i] = (char)interesting[(size_t)random() % sizeof interesting];
        for (size_t i = 0; i < field_len; i++)
            field[i] = (char)interesting[(size_t)random() % sizeof interesting];
        message[message_len ? message_len - 1 : 0] = field[field_len ? field_len - 1 : 0] = '\0';
        capture_begin();
        log_event(LOG_INFO, LOG_MIGRATION, "x",
                  LOG_FIELDS(log_str("a", field), log_int("n", 1), log_str("b", field)), "%s",
                  message);
        json_decref(parse_one_object(capture_end()));
    }
}

static struct error full_error(void)
{
    struct error err;

    error_set(&err, ERR_MIGRATION, "ERROR: column \"totl\" does not exist");
    error_wrap(&err, "drizzle/0015_add_index.sql:12:8");
    strcpy(err.sqlstate, "42703");
    error_detail(&err, "There is a column named \"total\".");
    error_hint(&err, "fix the name\nand deploy again");
    err.excerpt = (struct error_excerpt){"SELECT totl FROM orders;", 12, 8};
    return err;
}

static void log_error_text_points_at_the_place(void **state)
{
    (void)state;
    struct error err = full_error();

    log_configure(&text_settings);
    capture_begin();
    log_error(LOG_ERROR, LOG_MIGRATION, "migration.failed", &err);
    assert_string_equal(
        capture_end(), "[Migration] ✗ drizzle/0015_add_index.sql:12:8: ERROR: column \"totl\" does "
                       "not exist (42703)\n"
                       "[Migration]   12 | SELECT totl FROM orders;\n"
                       "[Migration]      |        ^\n"
                       "[Migration]   detail: There is a column named \"total\".\n"
                       "[Migration]   hint: fix the name and deploy again\n");
}

static void log_error_text_bare_error_is_one_line(void **state)
{
    (void)state;
    struct error err;

    error_set(&err, ERR_CONFIG, "no such setting");
    log_configure(&text_settings);
    capture_begin();
    log_error(LOG_WARN, LOG_INIT, "config.bad", &err);
    assert_string_equal(capture_end(), "[migrinit] ✗ no such setting\n");
}

static void log_error_json_is_one_object(void **state)
{
    (void)state;
    struct error err = full_error();
    json_t *object;

    log_configure(&json_settings);
    capture_begin();
    log_error(LOG_ERROR, LOG_MIGRATION, "migration.failed", &err);
    object = parse_one_object(capture_end());
    assert_string_equal(text_of(object, "event"), "migration.failed");
    assert_string_equal(text_of(object, "where"), err.where);
    assert_string_equal(text_of(object, "error"), err.what);
    assert_string_equal(text_of(object, "sqlstate"), "42703");
    assert_string_equal(text_of(object, "detail"), err.detail);
    assert_string_equal(text_of(object, "hint"), "fix the name and deploy again");
    assert_string_equal(text_of(object, "excerpt"), err.excerpt.line);
    assert_int_equal(json_integer_value(json_object_get(object, "line")), 12);
    json_decref(object);
}

static void log_error_json_bare_error_has_no_empty_fields(void **state)
{
    (void)state;
    struct error err;
    json_t *object;

    error_set(&err, ERR_CONFIG, "no such setting");
    log_configure(&json_settings);
    capture_begin();
    log_error(LOG_ERROR, LOG_INIT, "config.bad", &err);
    object = parse_one_object(capture_end());
    assert_int_equal(json_object_size(object), 6);
    assert_string_equal(text_of(object, "message"), "no such setting");
    json_decref(object);
}

static void log_error_json_longest_error_keeps_its_place(void **state)
{
    (void)state;
    struct error err = {.code = ERR_MIGRATION};
    json_t *object;

    memset(err.where, '"', sizeof err.where - 1);
    memset(err.what, '"', sizeof err.what - 1);
    memset(err.detail, '"', sizeof err.detail - 1);
    memset(err.hint, '"', sizeof err.hint - 1);
    memset(err.excerpt.line, '"', sizeof err.excerpt.line - 1);
    strcpy(err.sqlstate, "42703");
    err.excerpt.line_number = 12;
    log_configure(&json_settings);
    capture_begin();
    log_error(LOG_ERROR, LOG_MIGRATION, "x", &err);
    object = parse_one_object(capture_end());
    assert_string_equal(text_of(object, "sqlstate"), "42703");
    assert_string_equal(text_of(object, "where"), err.where);
    assert_string_equal(text_of(object, "error"), err.what);
    json_decref(object);
}

static void log_output_is_prefixed_and_never_filtered(void **state)
{
    (void)state;
    const struct log_settings quiet = {LOG_TEXT, LOG_ERROR, false, 1000};

    log_configure(&quiet);
    capture_begin();
    log_output("seed", SLICE("row\0 1\033[0m"));
    log_output("seed", (struct slice){0});
    assert_string_equal(capture_end(), "[Migration] seed | row? 1?[0m\n[Migration] seed | \n");
}

static void log_output_json_names_its_source(void **state)
{
    (void)state;
    json_t *object;

    log_configure(&json_settings);
    capture_begin();
    log_output("seed", SLICE("row 1"));
    object = parse_one_object(capture_end());
    assert_string_equal(text_of(object, "event"), "command.output");
    assert_string_equal(text_of(object, "source"), "seed");
    assert_string_equal(text_of(object, "message"), "row 1");
    json_decref(object);
}

static void log_output_longest_line_is_cut(void **state)
{
    (void)state;
    static char text[100000];
    const char *said;

    memset(text, 'x', sizeof text);
    log_configure(&text_settings);
    capture_begin();
    log_output("seed", (struct slice){text, sizeof text});
    said = capture_end();
    assert_int_equal(line_count(said), 1);
    assert_in_range(strlen(said), LINE_MAX_BYTES - 32, LINE_MAX_BYTES);
}

static void log_any_call_leaves_errno_alone(void **state)
{
    (void)state;
    struct error err = full_error();
    struct log_settings quiet = text_settings;
    int seen[5];

    quiet.level = LOG_ERROR;
    capture_begin();
    close(STDERR_FILENO); /* each write fails */
    errno = ENOTTY;
    log_configure(&text_settings);
    seen[0] = errno;
    log_line(LOG_INFO, LOG_INIT, "x", "line");
    seen[1] = errno;
    log_error(LOG_ERROR, LOG_INIT, "x", &err);
    seen[2] = errno;
    log_output("x", SLICE("line"));
    seen[3] = errno;
    log_configure(&quiet);
    log_line(LOG_INFO, LOG_INIT, "x", "line");
    seen[4] = errno;
    capture_end();
    for (size_t i = 0; i < COUNT_OF(seen); i++)
        assert_int_equal(seen[i], ENOTTY);
    capture_begin(); /* tells of what was lost above, so that the next case begins afresh */
    log_line(LOG_ERROR, LOG_INIT, "x", "line");
    assert_non_null(strstr(capture_end(), "nobody was reading: 7\n[migrinit] line\n"));
}

static void fill(int write_fd)
{
    static const char page[4096];
    int flags = fcntl(write_fd, F_GETFL);

    fcntl(write_fd, F_SETFL, flags | O_NONBLOCK);
    while (write(write_fd, page, sizeof page) > 0)
        ;
    fcntl(write_fd, F_SETFL, flags);
}

static void drain(int read_fd)
{
    char page[4096];

    fcntl(read_fd, F_SETFL, O_NONBLOCK);
    while (read(read_fd, page, sizeof page) > 0)
        ;
    fcntl(read_fd, F_SETFL, 0);
}

static int64_t time_of_lines(int count)
{
    int64_t began_ms = clock_monotonic_ms();

    for (int i = 0; i < count; i++)
        log_line(LOG_INFO, LOG_INIT, "x", "line %d", i);
    return clock_monotonic_ms() - began_ms;
}

static void stuck_reader_costs_patience_once(bool is_socket)
{
    const struct log_settings settings = {LOG_TEXT, LOG_INFO, false, 600};
    int64_t first_ms, hundred_ms;
    int ends[2], flags_before, flags_after;

    assert_int_equal(is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
    log_configure(&settings);
    capture_into(ends[1], ends[0]);
    fill(STDERR_FILENO);
    flags_before = fcntl(STDERR_FILENO, F_GETFL);
    first_ms = time_of_lines(1);
    hundred_ms = time_of_lines(100);
    flags_after = fcntl(STDERR_FILENO, F_GETFL);
    drain(capture.read_fd);
    log_line(LOG_INFO, LOG_INIT, "x", "there again");
    log_line(LOG_INFO, LOG_INIT, "x", "and on");
    assert_string_equal(capture_end(), "[migrinit] log lines lost because nobody was reading: 101\n"
                                       "[migrinit] there again\n"
                                       "[migrinit] and on\n");
    assert_in_range(first_ms, 599, 30000);
    assert_in_range(hundred_ms, 0, 599);
    assert_int_equal(flags_before, flags_after);
}

static void log_line_full_pipe_never_read_costs_patience_once(void **state)
{
    (void)state;
    stuck_reader_costs_patience_once(false);
}

static void log_line_full_socket_never_read_costs_patience_once(void **state)
{
    (void)state;
    stuck_reader_costs_patience_once(true);
}

static void log_line_without_patience_returns_at_once(void **state)
{
    (void)state;
    const struct log_settings settings = {LOG_JSON, LOG_INFO, false, 0};
    int64_t took_ms;
    json_t *object;
    char *second;

    log_configure(&settings);
    capture_begin();
    fill(STDERR_FILENO);
    took_ms = time_of_lines(50);
    drain(capture.read_fd);
    log_line(LOG_INFO, LOG_INIT, "x", "there again");
    capture_end();
    assert_in_range(took_ms, 0, 999);
    second = strchr(capture.said, '\n') + 1;
    json_decref(parse_one_object(second));
    *second = '\0';
    object = parse_one_object(capture.said);
    assert_string_equal(text_of(object, "event"), "log.dropped");
    assert_int_equal(json_integer_value(json_object_get(object, "lines")), 50);
    json_decref(object);
}

/* A pipe in packet mode, and a datagram socket, give each write(2) by itself. */
static void each_line_is_one_write(int ends[2])
{
    char packet[2 * LINE_MAX_BYTES];
    struct error err = full_error();
    static char longest[8000];

    memset(longest, 'x', sizeof longest - 1);
    log_configure(&text_settings);
    capture_into(ends[1], ends[0]);
    log_line(LOG_INFO, LOG_INIT, "x", "%s", longest);
    log_error(LOG_ERROR, LOG_INIT, "x", &err);
    log_line(LOG_INFO, LOG_INIT, "x", "end");
    dup2(capture.real_stderr, STDERR_FILENO);
    close(capture.real_stderr);
    do {
        ssize_t len = read(capture.read_fd, packet, sizeof packet - 1);

        assert_true(len > 0);
        packet[len] = '\0';
        assert_int_equal(line_count(packet), 1);
        assert_int_equal(packet[len - 1], '\n');
    } while (strcmp(packet, "[migrinit] end\n") != 0);
    close(capture.read_fd);
}

static void log_line_each_is_one_write_to_a_pipe(void **state)
{
    (void)state;
    int ends[2];

    assert_int_equal(pipe2(ends, O_DIRECT), 0);
    each_line_is_one_write(ends);
}

static void log_line_each_is_one_write_to_a_socket(void **state)
{
    (void)state;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    each_line_is_one_write((int[]){ends[0], ends[1]});
}

static void log_line_reader_gone_is_counted(void **state)
{
    (void)state;
    int64_t took_ms;

    signal(SIGPIPE, SIG_IGN);
    log_configure(&text_settings);
    capture_begin();
    close(capture.read_fd);
    took_ms = time_of_lines(3);
    capture_end();
    assert_in_range(took_ms, 0, 999);
    capture_begin();
    log_line(LOG_INFO, LOG_INIT, "x", "line");
    assert_string_equal(capture_end(), "[migrinit] log lines lost because nobody was reading: 3\n"
                                       "[migrinit] line\n");
    signal(SIGPIPE, SIG_DFL);
}

static const char *said_on_a_terminal(const struct log_settings *settings)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    size_t len = 0;

    if (terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0)
        abort();
    capture_into(open(ptsname(terminal), O_RDWR | O_NOCTTY), terminal);
    log_configure(settings);
    log_line(LOG_ERROR, LOG_INIT, "x", "bad");
    log_line(LOG_WARN, LOG_INIT, "x", "odd");
    log_line(LOG_INFO, LOG_INIT, "x", "good");
    capture.said[0] = '\0';
    while (line_count(capture.said) < 3) { /* a terminal hands over what it has so far */
        ssize_t got = read(terminal, capture.said + len, sizeof capture.said - 1 - len);

        len += got > 0 ? (size_t)got : 0;
        capture.said[len] = '\0';
    }
    dup2(capture.real_stderr, STDERR_FILENO);
    close(capture.real_stderr);
    close(terminal);
    return capture.said;
}

static void log_configure_terminal_shows_errors_and_warnings_in_colour(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    assert_string_equal(said_on_a_terminal(&text_settings),
                        "[migrinit] \033[31mbad\033[0m\033[K\r\n"
                        "[migrinit] \033[33modd\033[0m\033[K\r\n"
                        "[migrinit] good\033[K\r\n");
}

static void log_configure_no_color_or_json_has_no_colours(void **state)
{
    (void)state;
    setenv("NO_COLOR", "1", 1);
    assert_string_equal(
        said_on_a_terminal(&text_settings),
        "[migrinit] bad\033[K\r\n[migrinit] odd\033[K\r\n[migrinit] good\033[K\r\n");
    unsetenv("NO_COLOR");
    assert_null(strchr(said_on_a_terminal(&json_settings), '\033'));
}

static void log_configure_dumb_terminal_gets_bare_lines(void **state)
{
    (void)state;
    setenv("NO_COLOR", "1", 1);
    setenv("TERM", "dumb", 1);
    assert_string_equal(said_on_a_terminal(&text_settings),
                        "[migrinit] bad\r\n[migrinit] odd\r\n[migrinit] good\r\n");
    assert_false(log_can_draw());
    unsetenv("TERM");
    unsetenv("NO_COLOR");
}

static void log_draw_where_there_is_no_terminal_is_nothing(void **state)
{
    (void)state;
    capture_begin();
    log_configure(&text_settings);
    log_draw(LOG_MIGRATION, 50, "half");
    log_line(LOG_INFO, LOG_INIT, "x", "line");
    assert_string_equal(capture_end(), "[migrinit] line\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_line_text_carries_the_prefix_of_its_scope),
        cmocka_unit_test(log_line_foreign_bytes_are_made_safe),
        cmocka_unit_test(log_line_timestamps_come_first),
        cmocka_unit_test(log_line_below_the_level_is_silent),
        cmocka_unit_test(log_line_too_long_is_one_line_cut_between_characters),
        cmocka_unit_test(log_event_json_is_the_documented_object),
        cmocka_unit_test(log_event_json_quotes_and_foreign_bytes_are_escaped),
        cmocka_unit_test(log_event_json_everything_too_long_is_still_an_object),
        cmocka_unit_test(log_event_json_random_bytes_are_always_an_object),
        cmocka_unit_test(log_error_text_points_at_the_place),
        cmocka_unit_test(log_error_text_bare_error_is_one_line),
        cmocka_unit_test(log_error_json_is_one_object),
        cmocka_unit_test(log_error_json_bare_error_has_no_empty_fields),
        cmocka_unit_test(log_error_json_longest_error_keeps_its_place),
        cmocka_unit_test(log_output_is_prefixed_and_never_filtered),
        cmocka_unit_test(log_output_json_names_its_source),
        cmocka_unit_test(log_output_longest_line_is_cut),
        cmocka_unit_test(log_any_call_leaves_errno_alone),
        cmocka_unit_test(log_line_full_pipe_never_read_costs_patience_once),
        cmocka_unit_test(log_line_full_socket_never_read_costs_patience_once),
        cmocka_unit_test(log_line_without_patience_returns_at_once),
        cmocka_unit_test(log_line_each_is_one_write_to_a_pipe),
        cmocka_unit_test(log_line_each_is_one_write_to_a_socket),
        cmocka_unit_test(log_line_reader_gone_is_counted),
        cmocka_unit_test(log_configure_terminal_shows_errors_and_warnings_in_colour),
        cmocka_unit_test(log_configure_no_color_or_json_has_no_colours),
        cmocka_unit_test(log_configure_dumb_terminal_gets_bare_lines),
        cmocka_unit_test(log_draw_where_there_is_no_terminal_is_nothing),
    };

    alarm(120); /* what blocks must fail, not hang */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
