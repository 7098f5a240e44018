"""Names of exported files: whatever a title says, a name stays one harmless part of a path."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.export.pages import attachment_path, collision_key, is_export_path, page_path, safe_name
from kb.model.document import Document, Kind, Markup, Source


def post(title: str, category: str = "") -> Document:
    return Document("esa:12", Source.ESA, Kind.POST, title, "", Markup.MARKDOWN, category=category)


def place(title: str, category: str = "") -> str:
    return page_path(post(title, category), "12", "esa:12")


@pytest.mark.parametrize(
    ("title", "file"),
    [
        ("復旧手順", "復旧手順-12.md"),
        ("A/B テスト", "A／B テスト-12.md"),
        ("../../etc/passwd", "／..／etc／passwd-12.md"),
        ("..", "_-12.md"),
        (".gitignore", "gitignore-12.md"),
        ("-rf", "rf-12.md"),
        ("", "_-12.md"),
        (" \t\n", "_-12.md"),
        ("a\x00b\x1b[2Jc\u202ed\u200be", "ab[2Jcde-12.md"),
        ("NUL", "_NUL-12.md"),
        ("con.設定", "_con.設定-12.md"),
        ("C:\\temp?*", "C：＼temp？＊-12.md"),
        ("GIT~1", "GIT～1-12.md"),
        ("末尾. ", "末尾-12.md"),
        ("が".encode().decode() + unicodedata.normalize("NFD", "が"), "がが-12.md"),
    ],
)
def test_a_title_becomes_a_name(title: str, file: str) -> None:
    assert place(title) == f"esa/{file}"


@pytest.mark.parametrize(
    ("category", "folders"),
    [
        ("運用/手順", "esa/運用/手順"),
        ("/運用//手順/", "esa/運用/手順"),
        ("../../../home", "esa/_/_/_/home"),
        (".git/hooks", "esa/git/hooks"),
        ("運用/AUX", "esa/運用/_AUX"),
        ("復旧手順-12.md", "esa/復旧手順-12.md_"),
        ("控え.FILES", "esa/控え.FILES_"),
    ],
)
def test_a_category_becomes_folders(category: str, folders: str) -> None:
    assert place("題", category) == f"{folders}/題-12.md"


def test_names_are_short_enough_for_every_file_system() -> None:
    path = place("障害" * 500, "/".join(["とても深い分類" * 20] * 60))
    assert all(len(part.encode()) <= 255 for part in path.split("/"))
    assert len(path.encode()) < 1024
    assert path.endswith("-12.md")


def test_deep_categories_stay_apart() -> None:
    one, other = (place("題", "/".join(["深い" * 60] * 8 + [last])) for last in ("左", "右"))
    assert one != other


def test_pages_that_are_called_by_their_title_carry_a_hash_of_their_id() -> None:
    places = set()
    for title in ("Deploy", "deploy", "Ｄｅｐｌｏｙ", "が", unicodedata.normalize("NFD", "が")):
        doc = f"redmine:wiki:infra/{title}"
        page = Document(doc, Source.REDMINE, Kind.WIKI, title, "", Markup.TEXTILE, category="infra")
        path = page_path(page, f"infra/{title}", doc)
        assert path.startswith("redmine/infra/wiki/")
        assert path.endswith(".textile")
        places.add(collision_key(path))
    assert len(places) == 5


def test_a_ticket_and_a_file() -> None:
    ticket = Document("redmine:45", Source.REDMINE, Kind.TICKET, "止まる", "", Markup.TEXTILE, category="infra")
    assert page_path(ticket, "45", "redmine:45") == "redmine/infra/止まる-45.textile"
    doc = "files:minutes/2026/a.md"
    file = Document(doc, Source.FILES, Kind.FILE, "定例", "", Markup.MARKDOWN, category="2026")
    assert PurePosixPath(page_path(file, "minutes/2026/a.md", doc)).parent.as_posix() == "files/minutes/2026"


@pytest.mark.parametrize(
    ("attachment", "file"),
    [
        ("my.cnf", "7-my.cnf"),
        ("../../x.sh", "7-／..／x.sh"),
        (".env", "7-env"),
        ("障害" * 200 + ".log", f"7-{'障害' * 25}.log"),
        ("a." + "b" * 300, "7-a." + "b" * 148),
    ],
)
def test_an_attachment_stands_beside_its_page(attachment: str, file: str) -> None:
    document = Document("redmine:45", Source.REDMINE, Kind.ATTACHMENT, attachment, "", Markup.MARKDOWN)
    assert attachment_path("redmine/infra/止まる-45.textile", document, "7") == f"redmine/infra/止まる-45.files/{file}"


@given(st.text(), st.text(st.characters(codec="utf-8") | st.sampled_from("/.\\~: ")), st.text(min_size=1))
def test_no_text_leads_out_of_the_folder(title: str, category: str, key: str) -> None:
    path = page_path(post(title, category), key, "esa:12")
    assert is_export_path(path)
    assert PurePosixPath(path).parts[0] == "esa"
    for part in path.split("/"):
        assert 0 < len(part.encode("utf-8", "surrogatepass")) <= 255
        assert part == part.strip(" ")
        assert not any(unicodedata.category(each)[0] == "C" for each in part)


@example("0 \x1b 0")
@example("e\u200d\u0301")
@given(st.text())
def test_a_name_of_a_name_is_the_same(text: str) -> None:
    assert safe_name(safe_name(text)) == safe_name(text)


def test_a_key_that_is_no_number_makes_no_name_too_long() -> None:
    document = Document("esa:1", Source.ESA, Kind.POST, "題" * 100, "", Markup.MARKDOWN)
    one, other = (page_path(document, "𝕊" * 60 + end, "esa:1") for end in "ab")
    assert one != other
    assert len(one.rpartition("/")[2].encode()) < 255
