"""A proxy before the server that counts what is said, and can make the way long.

It listens on a unix socket and on a port of 127.0.0.1, and goes to the server's own socket, where
nothing is encrypted and nobody is asked for a password. A round trip is counted when the client
speaks after the server did: messages of one burst are one. The farewell, to which there is no
answer, is none.
"""

import asyncio
import collections
import os
import threading


# What a client asks before anything else; the answer is one byte, "N" from a server without it.
ASKS_FOR_ENCRYPTION = (80877103, 80877104)


class Frames:
    """Cuts a stream into messages and counts their types."""

    def __init__(self, counts, has_startup):
        self.counts = counts
        self.rest = b""
        self.is_startup = has_startup
        self.bare_bytes = 0  # of answers to ASKS_FOR_ENCRYPTION
        self.other = None

    def take(self, data):
        self.rest += data
        while self.take_one():
            continue

    def take_one(self):
        if self.bare_bytes and self.rest:
            self.bare_bytes -= 1
            self.rest = self.rest[1:]
            return True
        head = 0 if self.is_startup else 1
        if len(self.rest) < head + 4:
            return False
        size = head + int.from_bytes(self.rest[head : head + 4], "big")
        if len(self.rest) < size:
            return False
        if self.is_startup and int.from_bytes(self.rest[4:8], "big") in ASKS_FOR_ENCRYPTION:
            self.counts["encryption?"] += 1
            self.other.bare_bytes += 1
        else:
            self.counts["startup" if self.is_startup else chr(self.rest[0])] += 1
            self.is_startup = False
        self.rest = self.rest[size:]
        return True


class Counts:
    """What all connections since the last reset() had to say."""

    def __init__(self):
        self.connections = 0
        self.round_trips = 0
        self.connecting = 0  # of them, those before the server was first ready for a query
        self.sent = collections.Counter()
        self.received = collections.Counter()


class Proxy:
    """Listens in `folder`, which is then libpq's host; the port is 5432."""

    def __init__(self, folder, server_socket):
        self.folder = folder
        self.server_socket = server_socket
        self.delay_s = 0.0
        self.counts = Counts()
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.port = None
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def reset(self, delay_s=0.0):
        self.counts = Counts()
        self.delay_s = delay_s

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def _run(self, ready):
        path = os.path.join(self.folder, ".s.PGSQL.5432")
        self.loop.run_until_complete(asyncio.start_unix_server(self._serve, path))
        listener = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = listener.sockets[0].getsockname()[1]
        self.loop.call_soon(ready.set)
        self.loop.run_forever()

    async def _serve(self, client_in, client_out):
        counts = self.counts
        counts.connections += 1
        server_in, server_out = await asyncio.open_unix_connection(self.server_socket)
        speaker = {"last": "server", "is_connected": False}
        sent, received = Frames(counts.sent, True), Frames(counts.received, False)
        sent.other = received

        def from_client(data):
            sent.take(data)
            is_trip = speaker["last"] == "server" and data[:1] != b"X"
            counts.round_trips += is_trip
            counts.connecting += is_trip and not speaker["is_connected"]
            speaker["last"] = "client"

        def from_server(data):
            ready = counts.received["Z"]
            received.take(data)
            speaker["is_connected"] |= counts.received["Z"] > ready
            speaker["last"] = "server"

        await asyncio.gather(
            self._pump(client_in, server_out, from_client), self._pump(server_in, client_out, from_server)
        )

    async def _pump(self, source, sink, note):
        """The way takes as long for each piece, and pieces are on it at the same time."""
        way = asyncio.Queue()
        delivery = asyncio.ensure_future(self._deliver(way, sink))
        try:
            while data := await source.read(1 << 16):
                note(data)
                await way.put((self.loop.time() + self.delay_s, data))
        except ConnectionError:
            pass
        await way.put(None)
        await delivery

    async def _deliver(self, way, sink):
        while piece := await way.get():
            due, data = piece
            await asyncio.sleep(max(0.0, due - self.loop.time()))
            sink.write(data)
        sink.close()
