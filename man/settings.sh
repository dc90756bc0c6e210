#!/bin/sh
# settings.sh PROGRAM - all settings, as `PROGRAM --help` prints them from lib/conf/options.c, in the
# language of manual pages (mdoc). `make docs-man` puts them into migrinit.ini.5.
set -eu
"$1" --help | awk '
# A backslash is the only letter that is special within a line.
function text(words) {
    gsub(/\\/, "\\e", words)
    return words
}

# A line is for mdoc where it begins with a dot or a quote.
function begins_plainly(line) {
    return line !~ /^[.\047]/
}

function print_line(line) {
    print (begins_plainly(line) ? "" : "\\&") text(line)
}

# In lines of 78, as mandoc has it.
function print_sentence(   count, word, i, line) {
    count = split(sentence, word, " ")
    for (i = 1; i <= count; i++) {
        if (line != "" && length(line) + 1 + length(word[i]) > 78) {
            print_line(line)
            line = ""
        }
        line = line (line == "" ? "" : " ") word[i]
    }
    if (line != "")
        print_line(line)
    sentence = ""
}

function print_default() {
    if (default_value != "")
        print "Default:\n.Li " text(default_value) " ."
    default_value = ""
}

# "MIGRINIT_X ALIAS OTHER (each also with _FILE)"
function print_names() {
    if (names == "")
        return
    has_file = sub(/ *\(each also with _FILE\)/, "", names)
    count = split(names, name, " ")
    print "Environment:"
    for (i = 1; i <= count; i++)
        print ".Ev " name[i] (i < count ? " ," : has_file ? " ;" : " .")
    if (has_file)
        print "each with\n.Ev _FILE\nbehind it names a file with the value, as\n.Ic " key "_file\ndoes here."
    if (flag != "")
        print "Flag:\n.Fl -" flag " ."
    names = flag = ""
}

function finish() {
    print_sentence()
    print_default()
    print_names()
}

function begin_section(name) {
    finish()
    if (section != "")
        print ".El"
    section = name
    print ".Ss Section " section "\n.Bl -tag -width Ds"
}

# What stands between = and the blanks: one word in capitals, or the choices.
function print_head(value) {
    if (value ~ /^[a-z]/)
        gsub(/\|/, " | ", value)
    print ".It Ic " key " No = " (value ~ /^[a-z]/ ? "Cm " : "Ar ") value
}

function begin_setting(line,   equals, end) {
    finish()
    if (match(line, /  \(.*\)$/)) {
        default_value = substr(line, RSTART + 3, RLENGTH - 4)
        line = substr(line, 1, RSTART - 1)
    }
    equals = index(line, "=")
    key = substr(line, 1, equals - 1)
    if (sub(/^  --/, "", key)) {
        flag = key
        key = substr(key, length(section) + 2)
        gsub(/-/, "_", key)
    } else
        sub(/^  \[[a-z]*\] /, "", key)
    print_head(substr(line, equals + 1))
}

/^Settings, with/ { is_inside = 1; next }
/^Exit code:/ { finish(); print ".El"; exit }
!is_inside { next }
/^\[[a-z]+\]$/ { begin_section(substr($0, 2, length($0) - 2)); next }
/^  (--|\[)/ { begin_setting($0); next }
/^      / {
    sub(/^ */, "")
    if (/^MIGRINIT_/ || names != "")
        names = names (names == "" ? "" : " ") $0
    else
        sentence = sentence (sentence == "" ? "" : " ") $0
}'
