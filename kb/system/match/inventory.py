"""Read lists of machines: `aws ec2 describe-instances` JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kb.errors import InputError
from kb.system.match.machines import Machine as Described
from kb.system.match.machines import fold_name
from kb.text.lang import Text, t

_LARGEST = 200_000_000
_GONE = {"terminated", "shutting-down"}
_NAMES = {
    "host": "host hostname name server ホスト ホスト名 サーバー サーバ サーバー名 サーバ名",
    "ip": "ip address ipアドレス アドレス",
    "role": "role kind type 役割 種類 用途",
    "owner": "owner team 担当 担当者 チーム 管理",
}
"""What the columns of a CSV may be called."""


@dataclass(frozen=True, slots=True)
class ListedMachine(Described):
    """A machine of a list, with its use and owner."""

    role: str = ""
    owner: str = ""


def read_inventory(path: Path) -> list[ListedMachine]:
    """Return the machines in a file. Raises InputError if it has neither form or no machines."""
    try:
        if path.stat().st_size > _LARGEST:
            raise _unusable(path, t("200 MB を超えています", "it is larger than 200 MB"))
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            t(f"{path.name} が見つかりません。", f"there is no file {path.name}."),
            t("--from の値を確かめてください。", "check --from."),
        ) from None
    except OSError as error:
        raise _unusable(path, t(error.strerror or "読めません", error.strerror or "unreadable")) from None
    text = _decoded(path, data)
    found = _ec2(path, text) if text.lstrip()[:1] in "{[" and text.strip() else _rows(path, text)
    if not found:
        raise _unusable(path, t("サーバーが 1 台もありません", "it lists no machines"))
    return found


def _decoded(path: Path, data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unusable(path, t("UTF-8 でも Shift_JIS でもありません", "it is neither UTF-8 nor Shift_JIS"))


def _ec2(path: Path, text: str) -> list[ListedMachine]:
    """Return the instances that are not terminated."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise _unusable(path, t("JSON として読めません", "it is not valid JSON")) from None
    found: dict[str, ListedMachine] = {}
    for each in _instances(whole):
        state = each.get("State")
        if isinstance(state, Mapping) and state.get("Name") in _GONE:
            continue
        tags = {
            str(tag.get("Key")): str(tag.get("Value") or "")
            for tag in each.get("Tags") or ()  # type: ignore[attr-defined]
            if isinstance(tag, Mapping)
        }
        machine = ListedMachine(
            name=tags.get("Name", "").strip(),
            id=str(each.get("InstanceId") or ""),
            asg=tags.get("aws:autoscaling:groupName", ""),
            ip=str(each.get("PrivateIpAddress") or ""),
            tags=tuple(sorted(tags.items())),
        )
        found.setdefault(machine.id or str(len(found)), machine)
    return list(found.values())


def _instances(whole: object) -> Iterator[Mapping[str, object]]:
    """Yield every object with an InstanceId at any depth: pages, reservations, excerpts."""
    waiting = [whole]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, Mapping):
            if "InstanceId" in each:
                yield each
            else:
                waiting += [each[key] for key in ("Reservations", "Instances", "items") if key in each]
        elif isinstance(each, list):
            waiting += each


def _rows(path: Path, text: str) -> list[ListedMachine]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _unusable(path, t(f"CSV として読めません（{error}）", f"it is not valid CSV ({error})")) from None
    head = [unicodedata.normalize("NFKC", cell).strip().lower().replace(" ", "") for cell in rows[0]] if rows else []
    columns = {
        field: next((head.index(name) for name in names.split() if name in head), None)
        for field, names in _NAMES.items()
    }
    if columns["host"] is None:
        raise _unusable(path, t("1 行目に host（ホスト名）の列がありません", "its first line names no column host"))
    found: dict[tuple[str, str], ListedMachine] = {}
    for row in rows[1:]:
        cells = {field: row[at].strip() if at is not None and at < len(row) else "" for field, at in columns.items()}
        name = cells["host"] or cells["ip"]
        if name:  # a machine that is listed twice is one
            machine = ListedMachine(name, ip=cells["ip"], role=cells["role"], owner=cells["owner"])
            found.setdefault((fold_name(name), cells["ip"]), machine)
    return list(found.values())


def _unusable(path: Path, why: Text) -> InputError:
    return InputError(
        t(f"{path.name} は使えません（{why.ja}）。", f"{path.name} cannot be used ({why.en})."),
        t(
            "aws ec2 describe-instances の JSON か、host,ip,role,owner の列がある CSV を指定してください。",
            "give the JSON of aws ec2 describe-instances, or a CSV with the columns host,ip,role,owner.",
        ),
    )
