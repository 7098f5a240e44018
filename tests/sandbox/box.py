"""A sandbox in this process, with a calm way to ask it things."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from kb.sandbox.app import Sandbox, build

TEAM = "/v1/teams/docs"


class Box:
    """One sandbox. `get` asks the esa as the generated token, `control` steers."""

    def __init__(self, profile: str = "default", *, guarded: bool = False) -> None:
        self.sandbox: Sandbox = build(profile, guarded=guarded)

    @property
    def token(self) -> str:
        return self.sandbox.esa.token

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.sandbox.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())

    def get(self, path: str, *, token: str | None = None, **params: Any) -> httpx.Response:
        """GET below the team; an absolute path as it is."""
        url = path if path.startswith(("/v1", "/oauth", "/nowhere")) else TEAM + path
        return self.send("GET", url, params=params or None, headers={"Authorization": f"Bearer {token or self.token}"})

    def write(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, token: str | None = None
    ) -> httpx.Response:
        """A write below the team; `body` goes as JSON."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.send(method, TEAM + path, json=body, headers=headers)

    def numbers(self, **params: Any) -> list[int]:
        """The numbers a list of posts shows, in its order."""
        answer = self.get("/posts", **params)
        assert answer.status_code == 200, answer.text
        return [post["number"] for post in answer.json()["posts"]]

    def control(self, name: str, order: dict[str, Any] | None = None, method: str = "POST") -> Any:
        """One control request that must succeed."""
        answer = self.send(method, f"/_sandbox/{name}", json=order)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def edit(self, action: str, number: int | None = None, **more: Any) -> Any:
        """An edit as another person."""
        return self.control("edit", {"system": "esa", "action": action, "number": number, **more})

    def toggle(self, **switches: Any) -> None:
        """Move switches of the esa."""
        self.control("toggles", {"system": "esa", **switches})

    def new_token(self, **fields: Any) -> str:
        """A further token."""
        return str(self.control("tokens", {"system": "esa", **fields})["token"])

    def freeze(self, now: str = "2026-11-25T09:00:00+09:00") -> None:
        """Stop the clock."""
        self.control("clock", {"now": now, "frozen": True})


def post(number: int, name: str = "", **fields: Any) -> dict[str, Any]:
    """A row of a data file; whatever matters to a test stands in the test."""
    return {
        "number": number,
        "name": name or f"記事{number}",
        "body_md": "本文",
        "created_at": f"2026-01-{number % 28 + 1:02d}T10:00:00+09:00",
        "created_by": {"screen_name": "sato", "name": "佐藤"},
        **fields,
    }


def comment(
    id: int, body_md: str = "了解", created_at: str = "2026-02-01T10:00:00+09:00", by: str = "sato"
) -> dict[str, Any]:
    """A comment inside a row."""
    return {"id": id, "body_md": body_md, "created_at": created_at, "created_by": {"screen_name": by}}
