"""The set of host names is sound: every label stands in its post, and every count is what the posts hold."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SET = Path(__file__).parent / "hosts"
TEAMS = sorted(folder.name for folder in SET.iterdir() if folder.is_dir())
FORMS = {
    "abbreviated", "alert_mail", "beside_word", "code_block", "code_span", "command", "etc_hosts", "fullwidth",
    "host_column", "log_line", "monitoring", "other_column", "prompt", "prose", "title", "unc", "url",
}  # fmt: skip


def rows(team: str, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SET / team / name).read_text(encoding="utf-8").split("\n") if line]


def labels(team: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SET / team / "labels.json").read_text(encoding="utf-8"))
    return found


def lines(team: str) -> dict[tuple[str, int], str]:
    """Every line of the team's posts; line 0 is the title."""
    return {
        (post["id"], number): line
        for post in rows(team, "posts.jsonl")
        for number, line in enumerate([post["name"], *post["body_md"].split("\n")])
    }


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def standing(name: str) -> re.Pattern[str]:
    """The name as a word of its own: not a part of a longer name, of a file or of a path."""
    return re.compile(rf"(?<![\w-])(?<!\w\.){re.escape(plain(name))}(?![\w-]|\.\w)", re.ASCII)


def test_the_set_is_as_large_as_it_says() -> None:
    assert len(TEAMS) >= 6
    for team in TEAMS:
        posts = rows(team, "posts.jsonl")
        assert 25 <= len(posts) <= 40
        assert len({post["id"] for post in posts}) == len(posts)


@pytest.mark.parametrize("team", TEAMS)
def test_mentions_and_homographs_stand_where_they_say(team: str) -> None:
    at = lines(team)
    places = rows(team, "mentions.jsonl") + labels(team)["homographs"]
    for place in places:
        start, text = place["start"], place["text"]
        assert at[place["post"], place["line"]][start : start + len(text)] == text, place
    assert max(Counter((p["post"], p["line"], p["start"]) for p in places).values(), default=1) == 1


@pytest.mark.parametrize("team", TEAMS)
def test_mentions_spell_a_name_of_their_host(team: str) -> None:
    hosts = {host["name"]: host for host in labels(team)["hosts"]}
    for mention in rows(team, "mentions.jsonl"):
        assert mention["form"] in FORMS
        assert set(mention["hosts"]) <= set(hosts)
        if mention["form"] == "abbreviated":
            assert "spelling" not in mention
            continue
        (name,) = mention["hosts"]
        assert mention["spelling"] in hosts[name]["spellings"]
        assert plain(mention["text"]) == plain(mention["spelling"])


@pytest.mark.parametrize("team", TEAMS)
def test_counts_are_those_of_the_mentions(team: str) -> None:
    mentions = rows(team, "mentions.jsonl")
    for host in labels(team)["hosts"]:
        mine = [mention for mention in mentions if host["name"] in mention["hosts"]]
        assert list(host["spellings"]) == [host["name"], *host["aliases"]]
        for spelling, counted in host["spellings"].items():
            posts = [mention["post"] for mention in mine if mention.get("spelling") == spelling]
            learnable = len(posts) >= 3 and len(set(posts)) >= 2
            assert posts, f"{spelling} does not occur"
            assert counted == {"mentions": len(posts), "posts": len(set(posts)), "learnable": learnable}, spelling
        assert host["learnable"] == any(counted["learnable"] for counted in host["spellings"].values())
        assert host["forms"] == Counter(mention["form"] for mention in mine)
        assert host["abbreviated"] == host["forms"].get("abbreviated", 0)


@pytest.mark.parametrize("team", TEAMS)
def test_no_name_standing_alone_is_left_unlabelled(team: str) -> None:
    """Outside paths (`/backup/momo/`, `jenkins/jenkins:lts`), a name is a mention or a homograph."""
    label = labels(team)
    taken = {
        (place["post"], place["line"], index)
        for place in rows(team, "mentions.jsonl") + label["homographs"]
        for index in range(place["start"], place["start"] + len(place["text"]))
    }
    for host in label["hosts"]:
        for spelling in host["spellings"]:
            for (post, number), line in lines(team).items():
                for match in standing(spelling).finditer(line.casefold()):
                    before, after = line[: match.start()], line[match.end() :]
                    rooted = before.endswith(("//", "\\\\"))
                    path = not rooted and (before.endswith(("/", "\\")) or re.match("/[a-z0-9]", after))
                    assert path or (post, number, match.start()) in taken, (post, number, spelling)


@pytest.mark.parametrize("team", TEAMS)
def test_tempting_words_occur_and_are_no_names(team: str) -> None:
    label = labels(team)
    names = {plain(spelling) for host in label["hosts"] for spelling in host["spellings"]}
    text = "\n".join(lines(team).values())
    words = [word["text"] for word in label["non_hosts"]]
    assert len(words) == len(set(words)) >= 25
    for word in label["non_hosts"]:
        assert plain(word["text"]) not in names
        assert text.count(word["text"]) >= word["mentions"] >= word["posts"] >= 1, word
    assert all(word in text and plain(word) not in names for word in label["ignore"])
