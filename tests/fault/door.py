"""A door before the server: it lets sessions in until it shuts, and then nothing new comes through.

What is open already goes on, so a request to cancel, which is a connection of its own, meets the shut door.

    "refused"     nobody listens there any more
    "closed"      let in and hung up on at once
    "silent"      let in, and never answered
    "black hole"  packets are dropped: the queue of the listener is full
"""

import contextlib
import socket
import threading


WAYS = ("refused", "closed", "silent", "black hole")


class Door:
    def __init__(self, server_socket):
        self.server_socket = server_socket
        self.held = []
        self.way = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def url(self, database):
        return database.server.url(database.name, port=self.port, query="?sslmode=disable&gssencmode=disable")

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.way == "black hole":
                self.held.append(client)
                return
            if self.way == "closed":
                client.close()
            elif self.way == "silent":
                self.held.append(client)
            else:
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(self.server_socket)
            there = threading.Thread(target=self._pump, args=(client, server), daemon=True)
            there.start()
            self._pump(server, client)

    @staticmethod
    def _pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def shut(self, way):
        self.way = way
        if way == "refused":
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        elif way == "black hole":
            self.listener.listen(0)
            for _ in range(4):  # the first is taken by _accept(), which then ends; the others fill the queue
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", self.port))
                self.held.append(filler)
            self.thread.join()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.held:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
