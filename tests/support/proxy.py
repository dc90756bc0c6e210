"""A proxy before the server that counts what is said, and can make the way long.

Both ends are unix sockets, so nothing is encrypted and no SSLRequest comes first. A round trip is
counted when the client speaks after the server did: messages of one burst are one. The farewell, to
which there is no answer, is none.
"""

import asyncio
import collections
import os
import threading


class Frames:
    """Cuts a stream into messages and counts their types."""

    def __init__(self, has_startup):
        self.counts = collections.Counter()
        self.rest = b""
        self.is_startup = has_startup

    def take(self, data):
        self.rest += data
        while True:
            head = 0 if self.is_startup else 1
            if len(self.rest) < head + 4:
                return
            size = head + int.from_bytes(self.rest[head : head + 4], "big")
            if len(self.rest) < size:
                return
            self.counts["startup" if self.is_startup else chr(self.rest[0])] += 1
            self.is_startup = False
            self.rest = self.rest[size:]


class Counts:
    """What all connections since the last reset() had to say."""

    def __init__(self):
        self.connections = 0
        self.round_trips = 0
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
        self.loop.call_soon(ready.set)
        self.loop.run_forever()

    async def _serve(self, client_in, client_out):
        counts = self.counts
        counts.connections += 1
        server_in, server_out = await asyncio.open_unix_connection(self.server_socket)
        speaker = {"last": "server"}
        sent, received = Frames(True), Frames(False)
        sent.counts, received.counts = counts.sent, counts.received

        def from_client(data):
            sent.take(data)
            counts.round_trips += speaker["last"] == "server" and data[:1] != b"X"
            speaker["last"] = "client"

        def from_server(data):
            received.take(data)
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
