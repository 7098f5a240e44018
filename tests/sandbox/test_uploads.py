"""Uploading files to the sandbox's esa, both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.box import TEAM, Box

from kb.sandbox.esa.api.uploads import parse_parts


def upload(box: Box, content: bytes = b"\x00\r\n--x\xff", called: str = "図.png", **data: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {box.token}"}
    return box.send(
        "POST", f"{TEAM}/attachments", files={"file": (called, content, "image/png")}, data=data, headers=headers
    )


def stored(box: Box, url: str) -> httpx.Response:
    ((_, signed),) = box.write("POST", "/signed_urls", {"urls": [url], "expires_in": 60, "v": 2}).json()["signed_urls"]
    return box.send("GET", signed)


def fetched(box: Box, url: str) -> bytes:
    return stored(box, url).content


def test_a_file_is_uploaded_and_can_be_fetched(box: Box) -> None:
    answer = upload(box)
    shown = answer.json()["attachment"]
    assert (answer.status_code, shown["name"], shown["size"], shown["content_type"]) == (201, "図.png", 7, "image/png")
    assert "/uploads/production/attachments/" in shown["url"]
    assert shown["url"].endswith(".png")
    assert fetched(box, shown["url"]) == b"\x00\r\n--x\xff"
    assert upload(box, called="a.png", name="別の名.png").json()["attachment"]["name"] == "別の名.png"


def test_an_upload_is_served_with_its_own_content_type(box: Box) -> None:
    served = stored(box, upload(box).json()["attachment"]["url"])
    assert (served.headers["content-type"], served.headers["content-length"]) == ("image/png", "7")
    given = policy(box)
    store(box, given)
    assert stored(box, given["attachment"]["url"]).headers["content-type"] == "text/plain"


def test_no_file_is_400(box: Box) -> None:
    assert box.write("POST", "/attachments", {"file": "x"}).status_code == 400
    assert box.send("POST", f"{TEAM}/attachments", headers={"Authorization": f"Bearer {box.token}"}).status_code == 400


def test_too_large_a_file_is_413(box: Box) -> None:
    box.toggle(upload_max_bytes=3)
    answer = upload(box)
    assert (answer.status_code, answer.json()["error"]) == (413, "request_entity_too_large")
    assert box.write("POST", "/attachments/policies", POLICY).status_code == 413
    assert upload(box, b"abc").status_code == 201


def test_a_file_that_does_not_arrive_is_408(box: Box) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"--x"
        await anyio.sleep_forever()

    box.toggle(upload_timeout_s=0)
    headers = {"Authorization": f"Bearer {box.token}", "Content-Type": "multipart/form-data; boundary=x"}
    answer = box.send("POST", f"{TEAM}/attachments", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (408, "request_timeout")


def test_uploads_have_a_limit_of_their_own(box: Box) -> None:
    box.freeze()
    assert [upload(box).status_code for _ in range(4)] == [201, 201, 201, 429]
    refused = upload(box)
    assert (refused.headers["retry-after"], refused.json()["message"]) == ("10", "Retry after 10 seconds.")
    assert int(refused.headers["x-ratelimit-remaining"]) == 295
    assert box.get("/posts").status_code == 200
    box.control("clock", {"advance_s": 10})
    assert upload(box).status_code == 201


POLICY = {"name": "a.txt", "type": "text/plain", "size": 5}


def policy(box: Box) -> dict[str, Any]:
    answer = box.write("POST", "/attachments/policies", POLICY)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def store(box: Box, given: dict[str, Any], content: bytes = b"hello", **changes: str) -> httpx.Response:
    files = {"file": ("a.txt", content, "text/plain")}
    return box.send("POST", given["attachment"]["endpoint"], data={**given["form"], **changes}, files=files)


def test_a_file_goes_to_the_storage_by_a_form(box: Box) -> None:
    given = policy(box)
    answer = store(box, given)
    assert (answer.status_code, answer.content) == (204, b"")
    assert fetched(box, given["attachment"]["url"]) == b"hello"


def test_the_storage_takes_only_what_the_policy_allows(box: Box) -> None:
    given = policy(box)
    for changes, code in (
        ({"signature": "0"}, "SignatureDoesNotMatch"),
        ({"policy": "e30="}, "SignatureDoesNotMatch"),
        ({"key": "uploads/other"}, "AccessDenied"),
    ):
        answer = store(box, given, **changes)
        assert (answer.status_code, code in answer.text) == (403, True), changes
    assert "EntityTooLarge" in store(box, given, b"hello!").text
    assert box.send("POST", given["attachment"]["endpoint"], files={"x": b""}, data=given["form"]).status_code == 400
    box.control("clock", {"advance_s": 3601})
    assert store(box, given).status_code == 403


@pytest.mark.parametrize("body", [None, {"name": "a"}, {**POLICY, "size": "5"}, {**POLICY, "type": ""}])
def test_a_policy_needs_name_type_and_size(box: Box, body: dict[str, Any] | None) -> None:
    assert box.write("POST", "/attachments/policies", body).status_code == 400


def test_up_to_a_thousand_addresses_are_signed_in_one_post(box: Box) -> None:
    url = upload(box).json()["attachment"]["url"]
    path = url[url.index("/uploads") :]
    for spelled in (url, path, path.lstrip("/")):
        assert fetched(box, spelled) == b"\x00\r\n--x\xff"
    many = [f"/uploads/{number}" for number in range(1001)]
    answer = box.write("POST", "/signed_urls", {"urls": many[:1000]})
    assert (len(answer.json()["signed_urls"]), answer.json()["signed_urls"][0]) == (1000, ["/uploads/0", None])
    assert box.write("POST", "/signed_urls", {"urls": many}).status_code == 400
    assert box.write("POST", "/signed_urls", {"urls": [url], "expires_in": 604801}).status_code == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
        (b"file=a", "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_without_fields_has_none(body: bytes, kind: str) -> None:
    assert parse_parts(body, kind) == {}


def head(disposition: str) -> bytes:
    return f"--x\r\nContent-Disposition: form-data{disposition}\r\n\r\na\r\n--x--".encode()


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        ('; name="file"; filename="図.png"', "図.png"),
        ("; name=file; filename=a.png", "a.png"),
        ('; name="file"; filename="a.png"; filename*=utf-8\'\'%E5%9B%B3.png', "図.png"),
        ('; filename*=utf-8\'\'%E5%9B%B3.png; name="file"; filename="a.png"', "図.png"),
        ('; name="file"; filename="a \\"b\\".png"', 'a "b".png'),
        ('; name="file"', None),
    ],
)
def test_names_of_files_are_read_as_clients_write_them(disposition: str, filename: str | None) -> None:
    assert parse_parts(head(disposition), 'multipart/form-data; boundary="x"')["file"].filename == filename


PIECES = (
    "--x",
    "\r\n",
    "Content-Disposition: form-data",
    '; name="a"',
    "; filename*=utf-8''%E3",
    "; filename*0*=b",
    '"',
)


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_nothing_that_is_sent_breaks_the_reading_of_forms(text: str) -> None:
    assert set(parse_parts(f"--x\r\n{text}\r\n--x--".encode(), "multipart/form-data; boundary=x")) <= {"a"}
