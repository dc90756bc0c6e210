#!/usr/bin/python3
"""A small guest book: serves what is in the database, at http://localhost:8080/."""

import http.server
import os

import psycopg2


class GuestBook(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with psycopg2.connect(os.environ["DATABASE_URL"]) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT name, message FROM entry_view ORDER BY id")
            text = "".join(f"{name}: {message}\n" for name, message in cursor)
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.HTTPServer(("", int(os.environ.get("PORT", "8080"))), GuestBook)
    migrations = os.environ.get("MIGRINIT_STATUS", "not by migrinit")
    print(f"guest book: listening on port {server.server_port}, migrations: {migrations}", flush=True)
    server.serve_forever()
