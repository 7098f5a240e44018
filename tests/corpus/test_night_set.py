"""The blind set `night` is sound: labels stand where they say, and perfect output scores 1.0.

Failures name a document and a line, never the text of a label.
"""

import importlib.util
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parent
HERE = CORPUS / "night"
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
    r"|-----BEGIN |eyJ\w{10}"
)


def rows(folder: str, name: str) -> list[dict[str, Any]]:
    text = (CORPUS / folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


DOCS = rows("night", "docs.jsonl")
BODIES = {doc["id"]: doc["body"] for doc in DOCS}
LABELS = rows("night", "labels.jsonl")
FOUND = [label for label in LABELS if label["kind"] in SECRETS]


def scorer() -> Any:
    spec = importlib.util.spec_from_file_location("night_score_secrets", CORPUS / "score_secrets.py")
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


def test_documents_are_distinct_and_labels_belong_to_them() -> None:
    ids = [doc["id"] for doc in DOCS]
    assert len(ids) == len(set(ids)) >= 170
    assert len({doc["title"] for doc in DOCS}) == len(DOCS)
    assert {label["doc"] for label in LABELS} == set(ids)
    for doc in DOCS:
        assert set(doc) == {"id", "source", "kind", "title", "body"}, doc["id"]
        assert doc["kind"] in KINDS_OF_SOURCE[doc["source"]], doc["id"]


def stands(label: dict[str, Any]) -> bool:
    """Whether the label's text is on exactly the lines it names."""
    lines = BODIES[label["doc"]].split("\n")
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


def test_every_label_stands_at_its_place() -> None:
    assert [place(label) for label in LABELS if not stands(label)] == []


def test_every_label_has_the_fields_of_its_kind() -> None:
    assert [place(label) for label in LABELS if not well_formed(label)] == []


def test_no_label_is_given_twice() -> None:
    seen = Counter((label["doc"], label["line"], label["text"]) for label in LABELS)
    assert [key[:2] for key, count in seen.items() if count > 1] == []


def test_perfect_output_scores_one() -> None:
    out, missed, false = scorer().score(LABELS, [finding(label, label["text"]) for label in FOUND])
    assert (len(missed), len(false), out["duplicates"]) == (0, 0, 0)
    assert out["precision"] == out["recall"] == out["f1"] == out["exact_value_share"] == 1.0


def test_reporting_the_password_inside_a_url_scores_one_too() -> None:
    out, _, _ = scorer().score(LABELS, [finding(label, label.get("core", label["text"])) for label in FOUND])
    assert out["f1"] == out["exact_value_share"] == 1.0


def test_reporting_every_hard_negative_is_all_false_alarms() -> None:
    negatives = [label for label in LABELS if label["kind"] == "negative"]
    out, _, _ = scorer().score(LABELS, [finding(label, label["text"]) for label in negatives])
    assert out["tp"] == 0
    assert out["negatives_alarmed"] == len(negatives)


def test_there_is_enough_of_every_kind_to_measure() -> None:
    assert len(FOUND) >= 260
    assert sum(label["kind"] == "negative" for label in LABELS) >= 380
    assert {label["kind"] for label in FOUND} == SECRETS
    shared = {label["family"] for label in rows("secrets", "labels.jsonl") if "family" in label}
    families = {label["family"] for label in FOUND}
    assert shared <= families
    assert len(families - shared) >= 18


def values(labels: list[dict[str, Any]]) -> set[str]:
    secrets = [label for label in labels if label["kind"] in SECRETS]
    return {label[field] for label in secrets for field in ("text", "core") if field in label}


def test_nothing_is_copied_from_the_shared_corpus() -> None:
    common = len(values(FOUND) & values(rows("secrets", "labels.jsonl")))
    assert common == 0
    titles = {doc["title"] for doc in rows("secrets", "docs.jsonl")}
    assert [doc["id"] for doc in DOCS if doc["title"] in titles] == []


@pytest.mark.parametrize("name", ["docs.jsonl", "labels.jsonl"])
def test_the_raw_files_hold_no_bare_vendor_token(name: str) -> None:
    raw = (HERE / name).read_text(encoding="utf-8").split("\n")
    bare = [number for number, line in enumerate(raw, 1) if BARE_TOKEN.search(line)]
    assert bare == []
