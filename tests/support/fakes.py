"""Servers that are not what they seem."""

import contextlib
import socket
import struct
import threading

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104


def error_message(code, text, severity="FATAL"):
    fields = b"".join(
        kind + value.encode() + b"\0"
        for kind, value in ((b"S", severity), (b"V", severity), (b"C", code), (b"M", text), (b"R", "ProcessStartupPacket"))
    ) + b"\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


class FakeServer:
    """Listens on 127.0.0.1; what it does with a connection can be changed while it runs.

    silent: accept and say nothing          close: accept and hang up
    http: answer like a web server          error: answer the start-up packet with an SQLSTATE
    tls: say that TLS is spoken, then nothing
    proxy: pass everything on to `port`
    """

    def __init__(self, behaviour="silent", port=None, code="57P03", text="the database system is starting up", listen=0):
        self.behaviour = behaviour
        self.target_port = port
        self.code = code
        self.text = text
        self.connections = 0
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", listen))
        self.port = self.listener.getsockname()[1]
        self.news = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.news:
                self.connections += 1
                self.open.append(client)
                self.news.notify_all()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError):
            if self.behaviour == "silent":
                client.recv(1)
                return  # stays open until close()
            if self.behaviour == "http":
                client.recv(4096)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            elif self.behaviour == "http-ok":
                client.recv(4096)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            elif self.behaviour == "tls":
                client.recv(8)
                client.sendall(b"S")
                client.recv(1)
                return
            elif self.behaviour == "error":
                self._error(client)
            elif self.behaviour == "proxy":
                self._proxy(client)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()

    def _error(self, client):
        while True:
            head = self._exactly(client, 8)
            length, code = struct.unpack("!II", head)
            if code not in (SSL_REQUEST, GSS_REQUEST):
                self._exactly(client, length - 8)
                break
            client.sendall(b"N")
        client.sendall(error_message(self.code, self.text))

    @staticmethod
    def _exactly(client, count):
        data = b""
        while len(data) < count:
            more = client.recv(count - len(data))
            if not more:
                raise OSError("closed")
            data += more
        return data

    def _proxy(self, client):
        server = socket.create_connection(("127.0.0.1", self.target_port))
        self.open.append(server)

        def pump(source, sink):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    sink.sendall(data)
            for end in (source, sink):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

        back = threading.Thread(target=pump, args=(server, client), daemon=True)
        back.start()
        pump(client, server)
        back.join()
        server.close()

    def wait_for_connections(self, count, timeout=30.0):
        with self.news:
            if not self.news.wait_for(lambda: self.connections >= count, timeout):
                raise AssertionError(f"{self.connections} of {count} connections came")

    def cut(self):
        """Every open connection is closed now."""
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
        for connection in self.open:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
