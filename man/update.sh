#!/bin/sh
# update.sh PROGRAM PAGE - print PAGE with the settings of PROGRAM between its two marks.
set -eu
here=$(dirname "$0")
# shellcheck disable=SC2016 # mdoc and sed, not the shell
sed -n '1,/^\.\\" settings:/p' "$2"
"$here/settings.sh" "$1"
sed -n '/^\.\\" end of settings/,$p' "$2"
