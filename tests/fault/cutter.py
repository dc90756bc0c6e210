"""A proxy that knows where a message ends, and interrupts after the k-th one.

    direction  "client" or "server": whose messages are counted, over all connections
    is_passed  whether the k-th message still arrives
    how        "fin"    both connections are closed
               "rst"    the same, and the client reads ECONNRESET
               "stall"  nothing goes through any more, and then both are closed
               or a function that is called before or after the message, in the place of a cut

It listens on 127.0.0.1 and goes to the server's unix socket, where nobody is asked for a password; the
client is told not to ask for encryption. Connections that come after a cut go through.
"""

import contextlib
import select
import socket
import struct
import threading

STALL_S = 0.2


class Cut(Exception):
    pass


class Reader:
    """Whole messages of one direction."""

    def __init__(self, source, sink, direction):
        self.source, self.sink, self.direction = source, sink, direction
        self.head = 0 if direction == "client" else 1  # the first of a client has no type
        self.rest = b""

    def messages(self):
        more = self.source.recv(1 << 16)
        if not more:
            raise Cut
        self.rest += more
        while len(self.rest) >= self.head + 4:
            size = self.head + int.from_bytes(self.rest[self.head : self.head + 4], "big")
            if len(self.rest) < size:
                return
            message, self.rest = self.rest[:size], self.rest[size:]
            self.head = 1
            yield message


class Cutter:
    def __init__(self, server_socket):
        self.server_socket = server_socket
        self.guard = threading.Lock()
        self.arm(None)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database):
        return database.server.url(database.name, port=self.port, query="?sslmode=disable&gssencmode=disable")

    def arm(self, direction, at=0, is_passed=False, how="fin"):
        """Begin to count anew, and interrupt at message `at`, the first being 1."""
        with self.guard:
            self.counts = {"client": 0, "server": 0}
            self.direction, self.at, self.is_passed, self.how = direction, at, is_passed, how
            self.has_struck = False

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError, Cut):
            server.connect(self.server_socket)
            readers = {client: Reader(client, server, "client"), server: Reader(server, client, "server")}
            while True:
                for source in select.select(list(readers), [], [])[0]:
                    reader = readers[source]
                    for message in reader.messages():
                        self._pass(reader, message, client)

    def _is_due(self, direction):
        with self.guard:
            self.counts[direction] += 1
            due = direction == self.direction and self.counts[direction] == self.at
            self.has_struck |= due
            return due

    def _pass(self, reader, message, client):
        if not self._is_due(reader.direction):
            reader.sink.sendall(message)
            return
        if self.is_passed:
            reader.sink.sendall(message)
        if callable(self.how):
            self.how()
            if not self.is_passed:
                reader.sink.sendall(message)
            return
        if self.how == "stall":
            threading.Event().wait(STALL_S)
        if self.how == "rst":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Cut
