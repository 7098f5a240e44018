"""Uploaded files of the sandbox's esa: addresses signed by the API, and the storage behind them."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from sandbox.box import Box, post

from kb.errors import InputError

PATH = "/uploads/production/attachments/1/a.csv"
MOVED = "/uploads/production/attachments/1/b.csv"


@pytest.fixture
def box(filled) -> Box:
    files = [{"path": PATH, "content": "合言葉"}, {"path": MOVED, "redirect": "http://elsewhere.example/"}]
    return filled(post(1, "題", attachments=files))


def signed(box: Box, *paths: str, **params: object) -> httpx.Response:
    return box.get("/signed_urls", urls=",".join(paths), v=2, **params)


def address(box: Box, path: str = PATH, **params: object) -> str:
    ((_, given),) = signed(box, path, **params).json()["signed_urls"]
    return str(given)


def test_a_file_is_given_out_for_a_signed_address_and_no_other(box: Box) -> None:
    assert box.send("GET", address(box)).text == "合言葉"
    assert box.send("GET", address(box) + "0").status_code == 403
    assert box.send("GET", PATH).status_code == 403
    assert signed(box, PATH, "/uploads/none").json()["signed_urls"][1] == ["/uploads/none", None]


def test_a_file_is_served_with_the_content_type_it_was_stored_with(filled: Callable[..., Box]) -> None:
    types = {"/uploads/a.csv": "text/csv", "/uploads/b": "", "/uploads/c": "図", "/uploads/d": "a/b\r\nx: y"}
    files = [{"path": path, "content": "x", "content_type": kind} for path, kind in types.items()]
    box = filled(post(1, "題", attachments=files))
    served = [box.send("GET", address(box, path)).headers["content-type"] for path in types]
    assert served == ["text/csv", *["application/octet-stream"] * 3]


def test_the_storage_refuses_a_token_beside_a_signature(box: Box) -> None:
    assert box.send("GET", address(box), headers={"Authorization": f"Bearer {box.token}"}).status_code == 400


def test_an_address_ends_after_its_time(box: Box) -> None:
    given = address(box, expires_in=60)
    box.control("clock", {"advance_s": 61})
    assert box.send("GET", given).status_code == 403


def test_a_file_can_be_sent_on_to_elsewhere(box: Box) -> None:
    answer = box.send("GET", address(box, MOVED))
    assert (answer.status_code, answer.headers["location"]) == (302, "http://elsewhere.example/")


def test_a_page_among_the_files_acts_in_nobody_s_name(box: Box) -> None:
    assert box.send("GET", address(box)).headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize("redirect", ["http://図/", "http://x/\r\nset-cookie: a=b"])
def test_an_address_no_header_can_hold_is_refused_with_the_data(filled: Callable[..., Box], redirect: str) -> None:
    with pytest.raises(InputError, match="redirect"):
        filled(post(1, "題", attachments=[{"path": "/uploads/a", "redirect": redirect}]))


LONG = "1" + "0" * 5_000


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/signed_urls", {"urls": "http://[x"}, 200),
        ("/posts", {"page": LONG}, 200),
        ("/posts", {"per_page": LONG}, 200),
        ("/posts", {"q": f"number:{LONG}"}, 200),
        ("/posts", {"q": f"stars:>{LONG}"}, 200),
        ("/posts", {"q": LONG}, 200),
        ("/posts/new", {"parent_post_id": LONG}, 404),
        (f"/posts/1/revisions/compare/1...{LONG}", {}, 404),
    ],
)
def test_a_number_or_address_of_any_length_is_answered(
    box: Box, path: str, params: dict[str, str], status: int
) -> None:
    assert box.get(path, **params).status_code == status


@pytest.mark.parametrize("seconds", ["0", "604801", "x", f"0{LONG}", "1" + "0" * 20])
def test_a_lifetime_out_of_range_is_400(box: Box, seconds: str) -> None:
    assert signed(box, PATH, expires_in=seconds).status_code == 400


def test_ten_addresses_are_signed_at_once(box: Box) -> None:
    assert len(signed(box, *[PATH] * 10).json()["signed_urls"]) == 10
    assert signed(box, *[PATH] * 11).status_code == 400
    assert signed(box).status_code == 400


def test_files_cost_nothing_of_the_limit(box: Box) -> None:
    given = address(box)
    assert not [name for name in box.send("GET", given).headers if name.startswith("x-ratelimit")]
