"""Who starts the tests in the background has INT and QUIT ignored for them (a shell) or HUP (nohup); what they start must not inherit that."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# nohup's own wish stays: a handler that does nothing is no handler behind exec.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
