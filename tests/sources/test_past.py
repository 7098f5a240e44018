"""Old versions and files: who is asked for them, with which credentials, and what is left alone."""

from __future__ import annotations

import httpx
import pytest
from far_side import TOKEN, FarSide, everything_in, in_turn

from kb.errors import AnswerError
from kb.sources.transport.http import TOO_LARGE

UPLOADS = "/uploads/production/attachments/1/2026/08/01/1"
STORE = "https://esa-storage.s3.ap-northeast-1.amazonaws.com"
SIGNATURE = "X-Amz-Signature=abcdef0123456789"


def storage(**files: str) -> FarSide:
    """An API that signs addresses on STORE, and the hosts that hold these files."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/signed_urls"):
            paths = str(request.url.params["urls"]).split(",")
            known = [f"{UPLOADS}/{name.replace('_', '.')}" for name in files]
            return httpx.Response(
                200,
                json={
                    "signed_urls": [[path, f"{STORE}{path}?{SIGNATURE}" if path in known else None] for path in paths]
                },
            )
        name = request.url.path.rpartition("/")[2].replace(".", "_")
        return httpx.Response(200, text=files[name]) if name in files else httpx.Response(404)

    return FarSide(handler)


def asked(far: FarSide) -> list[tuple[str, str | None]]:
    """The hosts that were asked, each with the credentials it was shown."""
    return [(request.url.host, request.headers.get("authorization")) for request in far.asked]


@pytest.mark.parametrize("host", ["files.esa.io", "dl.esa.io"])
def test_a_secured_file_is_fetched_where_the_api_says_and_without_the_token(host: str) -> None:
    far = storage(a_csv="合言葉")
    esa = far.esa()
    here, missing = f"https://{host}{UPLOADS}/a.csv", f"https://{host}{UPLOADS}/b.csv"
    assert esa.past.ready([here, missing]) == [here, ""]
    data = esa.past.file(here, 1000)
    assert data is not None
    assert data.decode() == "合言葉"
    assert asked(far) == [("api.esa.io", f"Bearer {TOKEN}"), (httpx.URL(STORE).host, None)]
    assert dict(far.asked[0].url.params) == {"urls": f"{UPLOADS}/a.csv,{UPLOADS}/b.csv", "v": "2"}
    assert esa.access.requests == 2


def test_an_open_file_needs_no_signature() -> None:
    far = storage(a_csv="x")
    esa = far.esa()
    address = f"https://img.esa.io{UPLOADS}/a.csv"
    assert esa.past.ready([address]) == [address]
    assert esa.past.file(address, 1000) == b"x"
    assert asked(far) == [("img.esa.io", None)]


HERE = f"https://files.esa.io{UPLOADS}/a.csv"


def signs(address: str, *then: httpx.Response) -> FarSide:
    """An API that signs HERE so, and what follows."""
    signed = {"signed_urls": [[f"{UPLOADS}/a.csv", address]]}
    return FarSide(in_turn(httpx.Response(200, json=signed), *then))


@pytest.mark.parametrize(
    "address",
    [
        f"https://evil.example{UPLOADS}/a.csv",
        f"https://files.esa.io.evil.example{UPLOADS}/a.csv",
        f"https://evil.example/.esa.io{UPLOADS}/a.csv",
        f"http://files.esa.io{UPLOADS}/a.csv",
        f"https://files.esa.io@evil.example{UPLOADS}/a.csv",
        f"https://x@files.esa.io{UPLOADS}/a.csv",
        f"http://127.0.0.1{UPLOADS}/a.csv",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_no_other_place_is_asked_even_if_the_api_names_it(address: str) -> None:
    far = signs(address)
    esa = far.esa()
    assert esa.past.ready([HERE]) == [HERE]
    with pytest.raises(AnswerError):
        esa.past.file(HERE, 1000)
    assert len(far.asked) == 1


@pytest.mark.parametrize(
    "address", [f"https://evil.example{UPLOADS}/a.csv", f"https://img.esa.io.evil.example{UPLOADS}/a"]
)
def test_an_address_of_elsewhere_is_not_even_signed(address: str) -> None:
    far = storage(a_csv="x")
    esa = far.esa()
    assert esa.past.ready([address]) == [""]
    with pytest.raises(AnswerError):
        esa.past.file(address, 1000)
    assert far.asked == []


def test_a_redirect_is_not_followed_and_a_signature_is_not_told() -> None:
    elsewhere = httpx.Response(302, headers={"location": "https://evil.example/x?secret=1"})
    far = signs(f"{STORE}{UPLOADS}/a.csv?{SIGNATURE}", elsewhere)
    esa = far.esa()
    esa.past.ready([HERE])
    with pytest.raises(AnswerError) as caught:
        esa.past.file(HERE, 1000)
    assert caught.value.status == 302
    assert len(far.asked) == 2
    assert SIGNATURE not in everything_in(caught.value)


@pytest.mark.parametrize("size", [1000, 1001])
def test_a_file_larger_than_wanted_is_left_alone_at_once(size: int) -> None:
    far = signs(f"{STORE}{UPLOADS}/a.csv", httpx.Response(200, content=b"x" * size))
    esa = far.esa()
    esa.past.ready([HERE])
    if size <= 1000:
        assert esa.past.file(HERE, 1000) == b"x" * size
    else:
        with pytest.raises(AnswerError) as caught:
            esa.past.file(HERE, 1000)
        assert caught.value.status == TOO_LARGE
    assert len(far.asked) == 2


def test_a_file_of_redmine_is_asked_for_by_its_id_below_the_configured_address() -> None:
    far = FarSide(in_turn(httpx.Response(200, text="<html>no page but a file</html>")))
    redmine = far.redmine()
    assert redmine.past.file(7, 1000) == b"<html>no page but a file</html>"
    assert str(far.asked[0].url) == "https://redmine.example.jp/redmine/attachments/download/7"
    assert "x-redmine-api-key" in far.asked[0].headers


@pytest.mark.parametrize("status", [403, 404])
def test_a_file_that_is_gone_or_not_for_this_key_is_none(status: int) -> None:
    assert FarSide(in_turn(httpx.Response(status))).redmine().past.file(7, 1000) is None


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (httpx.Response(200, json={"issues": [{"id": 1}]}), True),
        (httpx.Response(200, json={"issues": []}), False),
        (httpx.Response(401), False),
        (httpx.Response(403), False),
        (httpx.Response(302, headers={"location": "https://login.example.jp"}), False),
        (httpx.Response(200, text="<html>please sign in</html>"), False),
    ],
)
def test_nobody_is_asked_for_without_credentials_and_once(answer: httpx.Response, shown: bool) -> None:
    far = FarSide(in_turn(answer))
    assert far.redmine().past.shows_tickets_to_nobody() is shown
    assert len(far.asked) == 1
    assert not {"x-redmine-api-key", "authorization"} & set(far.asked[0].headers)
