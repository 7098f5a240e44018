"""A JSON-RPC server on loopback that answers as Zabbix does, and goes wrong where a test says so."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "5e6f" * 16
NOW = 1_795_900_000
DENIED = {"code": -32500, "message": "Application error."}
UNKNOWN_TOKEN = {"code": -32602, "message": "Invalid params.", "data": "Not authorized."}

Fault = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Asked:
    """A call that arrived, and where its token stood: "header", "body" or ""."""

    method: str
    params: dict[str, Any]
    token_in: str


@dataclass
class FakeZabbix:
    """What it contains, and what is to go wrong by method."""

    version: str = "7.0.22"
    hosts: int = 4
    events: int = 120
    super_admin: bool = False
    denied: set[str] = field(default_factory=lambda: {"role.get"})
    faults: dict[str, Fault] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    @property
    def major(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split(".")[:2])

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        """The result of a call."""
        if method in self.results:
            return self.results[method]
        rows = getattr(self, "_" + method.replace(".", "_"))(params)
        if "eventid_from" in params:
            rows = [row for row in rows if int(row["eventid"]) >= int(params["eventid_from"])]
        return rows[: params["limit"]] if "limit" in params else rows

    def _role_get(self, params: dict[str, Any]) -> Any:
        return [{"roleid": "3"}] if self.super_admin else []

    def _host_get(self, params: dict[str, Any]) -> Any:
        assert params["selectInterfaces"] != "extend"
        return [
            {
                "hostid": str(100 + number),
                "host": f"web-{number:02}",
                "name": f"web-{number:02}",
                "status": "0",
                "interfaces": [{"ip": f"10.0.0.{number}", "dns": "", "useip": "1", "available": "1"}],
                "parentTemplates": [{"name": "Linux"}],
            }
            for number in range(self.hosts)
        ]

    def _problem_get(self, params: dict[str, Any]) -> Any:
        problem = {"name": "x", "clock": str(NOW - 40 * 86_400), "acknowledged": "0", "r_eventid": "0"}
        return [{**problem, "eventid": str(900 + number), "objectid": str(500 + number)} for number in range(2)]

    def _event_get(self, params: dict[str, Any]) -> Any:
        told = [500 + number % self.hosts for number in range(self.events)]
        if params.get("acknowledged") is True:
            told = told[:1]
        if params.get("countOutput"):
            if self.major < (6, 4):
                return str(len(told))
            return [{"objectid": str(each), "rowscount": str(told.count(each))} for each in sorted(set(told))]
        return [
            {"eventid": str(number), "objectid": str(each), "value": "1", "acknowledged": "1" if number == 0 else "0"}
            for number, each in enumerate(told)
        ]

    def _trigger_get(self, params: dict[str, Any]) -> Any:
        return [
            {
                "triggerid": str(500 + number),
                "description": "CPU",
                "expression": f"avg(/web-{number:02}/cpu.util,5m)>50",
                "templateid": "400",
                "status": "0",
                "hosts": [{"hostid": str(100 + number)}],
            }
            for number in range(self.hosts)
            if str(500 + number) in params["triggerids"]
        ]

    def _item_get(self, params: dict[str, Any]) -> Any:
        host = {"key_": "cpu.util"}
        return [
            {**host, "itemid": each, "hostid": str(int(each) - 400), "hosts": [{"host": f"web-{int(each) - 500:02}"}]}
            for each in params["triggerids"]
        ]

    def _trend_get(self, params: dict[str, Any]) -> Any:
        return [
            {"itemid": item, "clock": str(NOW - 3600 * hour), "value_max": "55.5" if hour % 2 else "41"}
            for item in params["itemids"]
            for hour in range(336)
        ]


def status(code: int, **headers: str) -> Fault:
    """Answer with a status and no JSON."""

    def go(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(b"<html>secret page</html>")

    return go


def body(text: bytes, *, chunks: int = 1, every_s: float = 0) -> Fault:
    """Answer 200 with a text, so many times, after so long each time."""

    def go(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(chunks):
            time.sleep(every_s)
            handler.wfile.write(text)
            handler.wfile.flush()

    return go


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Answer nothing."""
    handler.close_connection = True


@contextmanager
def serve(zabbix: FakeZabbix, certificate: Path | None = None) -> Iterator[FakeZabbix]:
    """Start it on a free port of loopback, over TLS with a certificate; `url` is its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            method = sent["method"]
            in_header = self.headers.get("Authorization", "").removeprefix("Bearer ")
            token = in_header or sent.get("auth", "")
            where = "header" if in_header else "body" if token else ""
            zabbix.asked.append(Asked(method, sent["params"], where))
            if method in zabbix.faults:
                try:
                    zabbix.faults[method](self)
                except OSError:  # kb waits no longer
                    pass
                return
            if method == "apiinfo.version":
                answer: dict[str, Any] = {"result": zabbix.version}
            elif token != TOKEN or (where == "body" and zabbix.major >= (7, 2)):
                answer = {"error": UNKNOWN_TOKEN}
            elif method in zabbix.denied:
                answer = {"error": {**DENIED, "data": f'No permissions to call "{method}".'}}
            else:
                answer = {"result": zabbix.answer(method, sent["params"])}
            data = json.dumps({"jsonrpc": "2.0", "id": sent["id"], **answer}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            zabbix.asked.append(Asked("GET", {}, "header" if "Authorization" in self.headers else ""))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is expected
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    zabbix.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}/zabbix"
    try:
        yield zabbix
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
