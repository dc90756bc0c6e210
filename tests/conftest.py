"""A shell that starts the tests in the background has INT and QUIT ignored for them; what the tests start must not inherit that."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
