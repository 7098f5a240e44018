"""Slack: one message, nothing in it that calls somebody, an address that nobody ever sees."""

from __future__ import annotations

import json
import logging
import traceback

import httpx
import pytest
from far_side import Clock, everything_in, in_turn
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import ConfigError, CredentialError, GateError, KbError
from kb.settings.report_tables import SlackSettings
from kb.sources.slack import MAX_MESSAGE_CHARS, Slack, escape, link, message_payload, target_channel
from kb.sources.transport import connect

TAIL = "QmZ3vX81kLwT5rYp0sNc7dEa"
PATH = f"/services/T0AAAA111/B0BBBB222/{TAIL}"
HOOK = f"https://hooks.slack.com{PATH}"
BOT = "xoxb-000000000000-Ab12Cd34Ef56"
OK = httpx.Response(200, text="ok")
SAID = message_payload(SlackSettings(), "週報")


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_WEBHOOK_URL", "SLACK_BOT_TOKEN", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def slack(
    monkeypatch: pytest.MonkeyPatch,
    *answers: httpx.Response | Exception,
    by_token: bool = False,
    clock: Clock | None = None,
) -> tuple[Slack, list[httpx.Request]]:
    """A Slack of answers in turn, made from the environment as the command makes it; what it was asked."""
    asked: list[httpx.Request] = []
    answer = in_turn(*answers)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(request)

    monkeypatch.setenv(*(("SLACK_BOT_TOKEN", BOT) if by_token else ("SLACK_WEBHOOK_URL", HOOK)))
    monkeypatch.setattr(connect, "open_transport", lambda *route: httpx.MockTransport(handle))
    made = Slack.connect(SlackSettings(channel="#ops"))
    if clock is not None:
        made.access._clock, made.access._sleep = clock, clock.sleep
    return made, asked


def test_a_webhook_gets_the_json_at_its_own_address_and_no_credential_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = slack(monkeypatch, OK)
    with made.access.writing():
        made.post(SAID)
    assert str(asked[0].url) == HOOK
    assert json.loads(asked[0].content) == SAID
    assert "authorization" not in asked[0].headers
    assert asked[0].headers["content-type"] == "application/json; charset=utf-8"


def test_a_token_names_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = httpx.Response(200, json={"ok": True, "channel": "C012", "ts": "1700000000.000100"})
    made, asked = slack(monkeypatch, answer, by_token=True)
    said = message_payload(SlackSettings(channel="#ops"), "週報")
    with made.access.writing():
        posted = made.post(said)
    assert (posted.channel, posted.ts) == ("C012", "1700000000.000100")
    assert str(asked[0].url) == "https://slack.com/api/chat.postMessage"
    assert asked[0].headers["authorization"] == f"Bearer {BOT}"
    assert said["channel"] == "#ops"


def test_a_webhook_is_taken_before_a_token_and_a_token_without_a_channel_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT)
    assert target_channel(SlackSettings(channel="#ops")) == "#ops"
    with pytest.raises(ConfigError, match=r"slack\.channel"):
        target_channel(SlackSettings())
    monkeypatch.setenv("SLACK_WEBHOOK_URL", HOOK)
    assert target_channel(SlackSettings(channel="#ops")) == ""


def test_nothing_is_posted_while_the_gate_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = slack(monkeypatch, OK)
    with pytest.raises(GateError):
        made.post(SAID)
    assert asked == []


def test_429_waits_as_long_as_it_asks_and_sends_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    limited = httpx.Response(429, headers={"retry-after": "30"}, text="rate_limited")
    made, asked = slack(monkeypatch, limited, OK, clock=clock)
    with made.access.writing():
        made.post(SAID)
    assert len(asked) == 2
    assert 30 <= sum(clock.sleeps) <= 32


def test_a_slack_that_is_always_busy_is_left_alone_after_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = httpx.Response(429, headers={"retry-after": "1"})
    made, asked = slack(monkeypatch, limited, clock=Clock())
    with made.access.writing(), pytest.raises(KbError, match="429"):
        made.post(SAID)
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("answer", "by_token", "says"),
    [
        (httpx.Response(404, text="no_team"), False, r"404 no_team.*SLACK_WEBHOOK_URL"),
        (httpx.Response(404, text="channel_not_found"), False, r"channel_not_found.*slack\.channel"),
        (httpx.Response(410, text="channel_is_archived"), False, r"slack\.channel"),
        (httpx.Response(400, text="invalid_payload"), False, r"invalid_payload.*--dry-run"),
        (httpx.Response(200, html="<title>login</title>"), False, r"（200）"),
        (httpx.Response(200, text="OK, sort of"), False, r"（200）"),
        (httpx.Response(200, json={"ok": False, "error": "not_in_channel"}), True, r"not_in_channel.*招待"),
        (httpx.Response(200, json={"ok": False, "error": "invalid_auth"}), True, r"invalid_auth.*chat:write"),
        (httpx.Response(200, json={"ok": "true"}), True, r"（200）"),
        (httpx.Response(200, text="ok"), True, r"（200 ok）"),
        (httpx.Response(503, text="upstream"), False, r"503.*もう一度"),
    ],
)
def test_a_refusal_is_one_sentence_and_the_next_step(
    monkeypatch: pytest.MonkeyPatch, answer: httpx.Response, by_token: bool, says: str
) -> None:
    made, asked = slack(monkeypatch, answer, by_token=by_token)
    with made.access.writing(), pytest.raises(KbError, match=says):
        made.post(SAID)
    assert len(asked) == 1


TROUBLE: list[httpx.Response | Exception] = [
    httpx.Response(400, text=f"{HOOK} {PATH} {TAIL} {BOT}"),
    httpx.Response(200, text=TAIL),
    httpx.Response(302, headers={"location": f"https://evil.example.com{PATH}?t={BOT}"}),
    httpx.Response(500, html=f"<title>{TAIL} {BOT}</title>"),
    httpx.Response(200, json={"ok": False, "error": f"{TAIL}{BOT}"}),
    httpx.ConnectError(f"{HOOK} {BOT}"),
    httpx.ReadTimeout(f"{HOOK} {BOT}"),
    httpx.ProxyError(f"{HOOK} {BOT}"),
    RuntimeError(f"{HOOK} {BOT}"),
]


@pytest.mark.parametrize("by_token", [False, True])
@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda each: type(each).__name__)
def test_no_error_and_no_log_line_holds_the_address_or_the_token(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: httpx.Response | Exception,
    by_token: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    made, _ = slack(monkeypatch, trouble, by_token=by_token)
    with made.access.writing(), pytest.raises(KbError) as caught:
        made.post(SAID)
    text = everything_in(caught.value) + "".join(traceback.format_exception(caught.value)) + caplog.text
    assert (BOT if by_token else TAIL) not in text
    assert TAIL not in repr(vars(made.access))
    assert BOT not in repr(vars(made.access))


@pytest.mark.parametrize(
    "given",
    [
        f"http://hooks.slack.com{PATH}",
        f"hooks.slack.com{PATH}",
        f"https://user:{TAIL}@hooks.slack.com{PATH}",
        f"https://hooks.slack.com{PATH}?x=1",
        f"https://hooks.slack.com:99999{PATH}",
        f"https://[{TAIL}",
        f"ftp://hooks.slack.com{PATH}",
        TAIL,
        "https://hooks.slack.com/",
    ],
)
def test_an_address_that_is_none_is_refused_without_being_said(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", given)
    with pytest.raises(ConfigError) as caught:
        Slack.connect(SlackSettings())
    assert "SLACK_WEBHOOK_URL" in str(caught.value)
    assert TAIL not in everything_in(caught.value)


@pytest.mark.parametrize("by_token", [False, True])
def test_what_opens_no_connection_has_no_credential_in_its_frames(
    monkeypatch: pytest.MonkeyPatch, by_token: bool
) -> None:
    monkeypatch.setenv(*(("SLACK_BOT_TOKEN", BOT) if by_token else ("SLACK_WEBHOOK_URL", HOOK)))
    with pytest.raises(ConfigError, match="ca_file") as caught:
        Slack.connect(SlackSettings(channel="#ops", ca_file="/no/such/file.pem"))
    text = everything_in(caught.value)
    assert BOT not in text
    assert TAIL not in text


def test_loopback_may_be_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", f"http://127.0.0.1:8065{PATH}")
    assert Slack.connect(SlackSettings()).access.base == "http://127.0.0.1:8065"


def test_without_any_credential_the_ways_to_give_one_are_named() -> None:
    with pytest.raises(CredentialError, match=r"SLACK_WEBHOOK_URL"):
        Slack.connect(SlackSettings())


def test_a_webhook_may_come_from_a_command() -> None:
    assert Slack.connect(SlackSettings(webhook_command=f"printf %s {HOOK}")).access.base == "https://hooks.slack.com"


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("<>&@!|#U*"), max_size=60))
def test_no_text_links_commands_or_calls_anybody(text: str) -> None:
    for made in (escape(text), link("https://docs.esa.io/posts/1", text)[len("<https://docs.esa.io/posts/1|") : -1]):
        assert not {"<", ">", "@", "\n"} & set(made)


@pytest.mark.parametrize(
    "call", ["<!channel>", "<!here|here>", "<@U012AB>", "<!subteam^S1>", "@here @everyone", "<#C1>"]
)
def test_a_mass_mention_is_plain_text(call: str) -> None:
    assert not {"<", ">", "@"} & set(escape(call))
    assert message_payload(SlackSettings(), "x")["link_names"] is False
    assert message_payload(SlackSettings(), "x")["parse"] == "none"


def test_a_link_cannot_end_early() -> None:
    assert link("https://docs.esa.io/posts/1>|<!channel>", "a|b") == (
        "<https://docs.esa.io/posts/1%3E%7C%3C%21channel%3E|a｜b>"
    )


def test_a_long_message_loses_whole_lines() -> None:
    text = "\n".join(f"{number} &lt;行&gt;" for number in range(2000))
    said = message_payload(SlackSettings(), text)["text"]
    assert len(said) <= MAX_MESSAGE_CHARS
    assert text.startswith(said + "\n")
