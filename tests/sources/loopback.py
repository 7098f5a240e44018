"""Small real servers on loopback, each with one trait of a difficult network."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

JSON = b'{"user": {"id": 5, "login": "bot"}}'


@dataclass
class Server:
    """Where it is, and what it was asked: method, path, headers by lower-case name."""

    port: int
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


Answerer = Callable[[BaseHTTPRequestHandler], None]


def plain(handler: BaseHTTPRequestHandler, body: bytes = JSON, status: int = 200, **headers: str) -> None:
    """A whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def serve(answer: Answerer = plain, certificate: Path | None = None) -> Iterator[Server]:
    """A server for as long as this lasts; over TLS with a certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            with contextlib.suppress(OSError):
                super().handle_one_request()

        def do_GET(self) -> None:
            record.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            answer(self)

        def do_CONNECT(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is expected
    record = Server(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield record
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """A connection reset in the middle of nowhere."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    handler.connection.close()
    handler.close_connection = True


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    """Half of the body that was announced."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(JSON)))
    handler.end_headers()
    handler.wfile.write(JSON[:10])
    handler.wfile.flush()
    hang_up(handler)


def forward(handler: BaseHTTPRequestHandler) -> None:
    """What a proxy does with plain HTTP: the path is a whole address."""
    target = urlsplit(handler.path)
    with socket.create_connection((target.hostname, target.port)) as other:
        lines = [f"{handler.command} {target.path}?{target.query} HTTP/1.1", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in handler.headers.items() if "proxy" not in name.lower()]
        other.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while chunk := other.recv(65536):
            handler.wfile.write(chunk)
    handler.close_connection = True


def make_authority(folder: Path) -> tuple[Path, Path]:
    """A private authority's certificate, and a server's (with its key) for 127.0.0.1 signed by it."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    extensions = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
    openssl(
        "req",
        "-x509",
        *curve,
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "2",
        "-subj",
        "/CN=kb test CA",
        *extensions,
    )
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    sign = ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
    openssl(*sign, "-extfile", "ext", "-out", "server.crt")
    both = folder / "server.pem"
    both.write_text((folder / "server.crt").read_text() + (folder / "server.key").read_text())
    return folder / "ca.pem", both
