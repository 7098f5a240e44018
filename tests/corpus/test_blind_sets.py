"""The blind sets of credentials are sound: labels stand where they say, and perfect output scores 1.0.

Failures name a document and a line, never the text of a label.
"""

import importlib.util
import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parent
SECRETS = {
    "password",
    "pin",
    "basic_auth",
    "basic_auth_url",
    "connection_string",
    "private_key",
    "api_token",
    "auth_header",
    "webhook_url",
    "shared_key",
    "otp_secret",
}
KINDS_OF_SOURCE = {"esa": {"post"}, "redmine": {"wiki", "issue", "journal"}}
#: Shapes that secret scanners of code hosts refuse; the files hold them with one character as a JSON escape.
BARE_TOKEN = re.compile(
    r"AKIA[A-Z0-9]{16}|gh[opsu]_\w{10}|github_pat_|gl(?:pat|rt)-|npm_\w{20}|xox[abp]-|xapp-|[sp]k_(?:live|test)_|whsec_"
    r"|SG\.\w{10}|AIzaSy|GOCSPX-|squ_|hooks\.slack\.com/services/\w|webhookb2/|api/webhooks/|sha256~|AccountKey=|8Q~"
    r"|sk-proj-|-----BEGIN |eyJ\w{10}|dop_v1_|hvs\.\w{10}|dckr_pat_|ATATT3|rubygems_\w{10}"
    r"|tskey-\w|SharedAccessKey=|rk_live_"
)


def rows(folder: str, name: str) -> list[dict[str, Any]]:
    text = (CORPUS / folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


@dataclass(frozen=True)
class BlindSet:
    """A folder and how much its README promises: the least numbers, the least share of secrets in ways of its own,
    and the least share of documents without a secret."""

    folder: str
    least_docs: int
    least_secrets: int
    least_negatives: int
    least_new: float = 0.0
    least_clean: float = 0.0

    @cached_property
    def docs(self) -> list[dict[str, Any]]:
        return rows(self.folder, "docs.jsonl")

    @cached_property
    def labels(self) -> list[dict[str, Any]]:
        return rows(self.folder, "labels.jsonl")

    @property
    def secrets(self) -> list[dict[str, Any]]:
        return [label for label in self.labels if label["kind"] in SECRETS]

    @property
    def negatives(self) -> list[dict[str, Any]]:
        return [label for label in self.labels if label["kind"] == "negative"]


#: Sets that measure recall: nearly every document holds secrets, of every kind.
DENSE = [
    BlindSet("night", least_docs=170, least_secrets=350, least_negatives=540, least_new=0.6),
    BlindSet("dusk", least_docs=140, least_secrets=360, least_negatives=600, least_new=0.65),
    BlindSet("dawn", least_docs=110, least_secrets=210, least_negatives=330, least_new=0.4),
]
#: Sets of whole pages as engineers write them: most hold no secret.
PAGES = [
    BlindSet("workshop", least_docs=110, least_secrets=40, least_negatives=750, least_clean=0.7),
    BlindSet("atelier", least_docs=120, least_secrets=45, least_negatives=900, least_clean=0.7),
    BlindSet("bindery", least_docs=130, least_secrets=45, least_negatives=2000, least_clean=0.75),
    BlindSet("foundry", least_docs=155, least_secrets=95, least_negatives=1200, least_clean=0.65),
    BlindSet("smithy", least_docs=125, least_secrets=140, least_negatives=760, least_clean=0.45),
    BlindSet("kiln", least_docs=60, least_secrets=48, least_negatives=260, least_clean=0.5),
    BlindSet("pottery", least_docs=125, least_secrets=215, least_negatives=950, least_clean=0.5),
    BlindSet("saucer", least_docs=36, least_secrets=27, least_negatives=290, least_clean=0.7),
    BlindSet("tannery", least_docs=190, least_secrets=95, least_negatives=1950, least_clean=0.68),
    BlindSet("saddle", least_docs=46, least_secrets=23, least_negatives=395, least_clean=0.6),
    BlindSet("bridle", least_docs=43, least_secrets=14, least_negatives=410, least_clean=0.75),
    BlindSet("cooperage", least_docs=200, least_secrets=80, least_negatives=1700, least_clean=0.66),
]
RICH = ["secrets", *(blind.folder for blind in DENSE)]
LEAN = ["engineers", *(blind.folder for blind in PAGES)]
PAIRS = [*itertools.combinations(RICH, 2), *itertools.product(RICH, LEAN[1:]), *itertools.combinations(LEAN, 2)]


def folder(blind: BlindSet) -> str:
    return blind.folder


each_set = pytest.mark.parametrize("blind", DENSE + PAGES, ids=folder)


def scorer() -> Any:
    spec = importlib.util.spec_from_file_location("blind_score_secrets", CORPUS / "score_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def place(label: dict[str, Any]) -> str:
    return f"{label['doc']}:{label['line']}"


def finding(label: dict[str, Any], text: str) -> dict[str, Any]:
    last = label.get("end_line", label["line"])
    return {"doc": label["doc"], "line": label["line"], "end_line": last, "text": text, "kind": label["kind"]}


def stands(label: dict[str, Any], body: str) -> bool:
    """Whether the label's text is on exactly the lines it names."""
    lines = body.split("\n")
    first, last = label["line"], label.get("end_line", label["line"])
    return (
        1 <= first <= last <= len(lines)
        and (last > first) == ("end_line" in label)
        and label["text"].count("\n") == last - first
        and label["text"] in "\n".join(lines[first - 1 : last])
        and label.get("core", "") in label["text"]
    )


def well_formed(label: dict[str, Any]) -> bool:
    """Whether a secret has a family, and anything else a reason."""
    wanted = "family" if label["kind"] in SECRETS else "reason"
    extra = set(label) - {"doc", "line", "end_line", "text", "kind", "core"}
    return (
        label["kind"] in SECRETS | {"negative", "ignore"}
        and extra == {wanted}
        and label["text"] == label["text"].strip() != ""
    )


@each_set
def test_documents_are_distinct_and_labels_belong_to_them(blind: BlindSet) -> None:
    ids = [doc["id"] for doc in blind.docs]
    assert len(ids) == len(set(ids)) >= blind.least_docs
    assert len({doc["title"] for doc in blind.docs}) == len(ids)
    assert {label["doc"] for label in blind.labels} == set(ids)
    for doc in blind.docs:
        assert set(doc) == {"id", "source", "kind", "title", "body"}, doc["id"]
        assert doc["kind"] in KINDS_OF_SOURCE[doc["source"]], doc["id"]


@each_set
def test_every_label_stands_at_its_place(blind: BlindSet) -> None:
    bodies = {doc["id"]: doc["body"] for doc in blind.docs}
    assert [place(label) for label in blind.labels if not stands(label, bodies[label["doc"]])] == []


@each_set
def test_every_label_has_the_fields_of_its_kind(blind: BlindSet) -> None:
    assert [place(label) for label in blind.labels if not well_formed(label)] == []


@each_set
def test_no_label_is_given_twice(blind: BlindSet) -> None:
    seen = Counter((label["doc"], label["line"], label["text"]) for label in blind.labels)
    assert [key[:2] for key, count in seen.items() if count > 1] == []


@each_set
def test_perfect_output_scores_one(blind: BlindSet) -> None:
    perfect = [finding(label, label["text"]) for label in blind.secrets]
    out, missed, false = scorer().score(blind.labels, perfect)
    assert (len(missed), len(false), out["duplicates"]) == (0, 0, 0)
    assert out["precision"] == out["recall"] == out["f1"] == out["exact_value_share"] == 1.0


@each_set
def test_reporting_the_password_inside_a_url_scores_one_too(blind: BlindSet) -> None:
    cores = [finding(label, label.get("core", label["text"])) for label in blind.secrets]
    out, _, _ = scorer().score(blind.labels, cores)
    assert out["f1"] == out["exact_value_share"] == 1.0


@each_set
def test_reporting_every_hard_negative_is_all_false_alarms(blind: BlindSet) -> None:
    alarms = [finding(label, label["text"]) for label in blind.negatives]
    out, _, _ = scorer().score(blind.labels, alarms)
    assert out["tp"] == 0
    assert out["negatives_alarmed"] == len(blind.negatives)


@pytest.mark.parametrize("blind", DENSE, ids=folder)
def test_there_is_enough_of_every_kind_to_measure(blind: BlindSet) -> None:
    assert len(blind.secrets) >= blind.least_secrets
    assert len(blind.negatives) >= blind.least_negatives
    assert {label["kind"] for label in blind.secrets} == SECRETS
    shared = {label["family"] for label in rows("secrets", "labels.jsonl") if "family" in label}
    families = [label["family"] for label in blind.secrets]
    assert shared <= set(families)
    assert len(set(families) - shared) >= 18
    assert sum(family not in shared for family in families) >= blind.least_new * len(families)


@pytest.mark.parametrize("blind", PAGES, ids=folder)
def test_most_pages_hold_no_secret(blind: BlindSet) -> None:
    assert len(blind.secrets) >= blind.least_secrets
    assert len(blind.negatives) >= blind.least_negatives
    holding = {label["doc"] for label in blind.secrets}
    assert len(holding) <= (1 - blind.least_clean) * len(blind.docs)


def values(labels: list[dict[str, Any]]) -> set[str]:
    secrets = [label for label in labels if label["kind"] in SECRETS]
    return {label[field] for label in secrets for field in ("text", "core") if field in label}


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_no_two_sets_have_a_value_or_a_title_in_common(pair: tuple[str, str]) -> None:
    one, other = pair
    common = len(values(rows(one, "labels.jsonl")) & values(rows(other, "labels.jsonl")))
    assert common == 0
    titles = {doc["title"] for doc in rows(one, "docs.jsonl")}
    assert [doc["id"] for doc in rows(other, "docs.jsonl") if doc["title"] in titles] == []


@each_set
@pytest.mark.parametrize("name", ["docs.jsonl", "labels.jsonl"])
def test_the_raw_files_hold_no_bare_vendor_token(blind: BlindSet, name: str) -> None:
    raw = (CORPUS / blind.folder / name).read_text(encoding="utf-8").split("\n")
    bare = [number for number, line in enumerate(raw, 1) if BARE_TOKEN.search(line)]
    assert bare == []
