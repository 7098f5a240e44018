"""Four weeks in the invented team: what people write, ship and close between weekly reports.

One thing of each kind happens: something is fixed, something new is written, a fix comes undone, and a source fails for
a week, whose events appear a week later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from kb.sandbox.team.draft import PAGES
from kb.sandbox.team.estate.machines import REPLICA_LOST, TERMINATED
from kb.sandbox.team.words import JST, Row
from kb.text.lang import Text, t

WEEKS = 4
CLOSED = 5
"""The status 終了 of the team's Redmine."""


@dataclass(frozen=True, slots=True)
class TeamAction:
    """One action: its time, the order for `/_sandbox/edit`, and what a colleague would say of it."""

    at: datetime
    order: Mapping[str, object]
    says: Text


@dataclass(frozen=True, slots=True)
class MachineEvent:
    """What happens to a machine, and stands in no page: its time, and what somebody would say who saw it."""

    at: datetime
    says: Text


@dataclass(frozen=True, slots=True)
class PlayedWeek:
    """A week: ISO name, Monday, actions, and whether Redmine answers on the Monday after.

    `collects` says whether what runs is collected on that Monday.
    """

    name: str
    start: datetime
    deeds: tuple[TeamAction, ...]
    redmine_fails: bool = False
    machines: tuple[MachineEvent, ...] = ()
    collects: bool = False

    @property
    def monday_after(self) -> datetime:
        """The moment of its report."""
        return self.start + timedelta(weeks=1)


def first_monday(now: datetime) -> datetime:
    """Return 9:00 on the Monday that starts the last four whole weeks before `now`."""
    today = now.astimezone(JST).date()
    return datetime.combine(today - timedelta(days=today.weekday(), weeks=WEEKS), time(9), JST)


def weeks(start: datetime, numbers: Mapping[str, int], posts: Sequence[Row]) -> tuple[PlayedWeek, ...]:
    """Return the four weeks from a Monday on. `numbers` maps keys to posts and tickets."""
    team = _Team(start, numbers, {row["number"]: str(row["body_md"]) for row in posts})
    return tuple(
        PlayedWeek(
            _name(monday),
            monday,
            act(team),
            redmine_fails=act is _third,
            machines=_machines(start) if act is _fourth else (),
            collects=act in (_third, _fourth),
        )
        for act, monday in zip((_first, _second, _third, _fourth), _mondays(start), strict=True)
    )


def _machines(start: datetime) -> tuple[MachineEvent, ...]:
    terminated = t(
        "真鍋さんが、止めてあった tmp-miura-migrate を終了しました（EC2）",
        "Manabe terminates tmp-miura-migrate, which was stopped (EC2)",
    )
    lost = t(
        "adsv-prd-redis-02 の複製が切れました。だれも気づいていません",
        "The replica adsv-prd-redis-02 is cut off, and nobody notices",
    )
    return (
        MachineEvent(start + timedelta(days=TERMINATED), terminated),
        MachineEvent(start + timedelta(days=REPLICA_LOST), lost),
    )


def _mondays(start: datetime) -> list[datetime]:
    return [start + timedelta(weeks=number) for number in range(WEEKS)]


def _name(monday: datetime) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


@dataclass(frozen=True, slots=True)
class _Team:
    """Builds orders from keys, days after the first Monday, and texts."""

    start: datetime
    numbers: Mapping[str, int]
    bodies: Mapping[int, str]

    @property
    def due(self) -> str:
        """A day well after the four weeks."""
        return f"{self.start + timedelta(weeks=8):%Y/%m/%d}"

    def body(self, key: str) -> str:
        return self.bodies[self.numbers[f"post:{key}"]]

    def write(self, day: int, clock: str, who: str, key: str, body: str, says: Text) -> TeamAction:
        number = self.numbers[f"post:{key}"] if key else max(self.bodies) + 1  # the one written in the first week
        return self._deed(day, clock, says, _esa("update", who, {"body_md": body}, number))

    def ship(self, day: int, clock: str, who: str, key: str, says: Text) -> TeamAction:
        return self._deed(day, clock, says, _esa("update", who, {"wip": False}, self.numbers[f"post:{key}"]))

    def create(self, day: int, clock: str, who: str, title: str, body: str, says: Text) -> TeamAction:
        fields = {"name": title, "category": f"不具合共有/{self.start.year}", "tags": ["障害", "入稿"]}
        return self._deed(day, clock, says, _esa("create", who, {**fields, "wip": False, "body_md": body}))

    def close(self, day: int, clock: str, who: str, key: str, says: Text) -> TeamAction:
        order = {"system": "redmine", "action": "update", "id": self.numbers[f"ticket:{key}"], "as": who}
        return self._deed(day, clock, says, {**order, "fields": {"status_id": CLOSED}})

    def _deed(self, day: int, clock: str, says: Text, order: Mapping[str, object]) -> TeamAction:
        hour, minute = map(int, clock.split(":"))
        return TeamAction((self.start + timedelta(days=day)).replace(hour=hour, minute=minute), order, says)

    def new_incident(self, prevention: str) -> str:
        """Return the text of the incident written in the first week."""
        day = f"{self.start + timedelta(days=2):%Y/%m/%d}"
        text = (PAGES / "new-incident.md").read_text(encoding="utf-8")
        return text.replace("{{day}}", day).replace("{{prevention}}", prevention)


def _esa(action: str, who: str, fields: Mapping[str, object], number: int = 0) -> dict[str, object]:
    target = {"number": number} if number else {}
    return {"system": "esa", "action": action, "as": who, "fields": dict(fields), **target}


def _first(team: _Team) -> tuple[TeamAction, ...]:
    measure = f": 依存関係を設定し、上位が落ちている間は下位を通知しない（担当: 真鍋、期限: {team.due}）"
    decided = team.body("inc-zabbix-flood").replace(": 検討中", measure)
    mended = t(
        "真鍋さんが「Zabbixの通知が一晩で4,000件」の再発防止を書きました",
        "Manabe writes down the prevention of 「Zabbixの通知が一晩で4,000件」",
    )
    written = t(
        "堀江さんが新しい障害の記事を書きました（再発防止は TBD のまま）",
        "Horie writes up a new incident (prevention: TBD)",
    )
    return (
        team.write(1, "11:20", "manabe", "inc-zabbix-flood", decided, mended),
        team.create(3, "18:40", "horie", "差し替えた画像が夜のあいだ反映されない", team.new_incident("TBD"), written),
    )


def _second(team: _Team) -> tuple[TeamAction, ...]:
    measure = f"- [ ] 差し替えの待ち行列を監視する（担当: 堀江、期限: {team.due}）"
    mended = t("堀江さんが、先週の障害の再発防止を書きました", "Horie adds the prevention to last week's incident")
    ship = t("柏木さんが「アラートの段階（案）」を公開しました", "Kashiwagi ships 「アラートの段階（案）」")
    close = t("真鍋さんが「evicted_keys を監視する」を終了にしました", "Manabe closes 「evicted_keys を監視する」")
    return (
        team.write(9, "10:05", "horie", "", team.new_incident(measure), mended),
        team.ship(10, "15:30", "kashiwagi", "design-alert-levels", ship),
        team.close(11, "09:50", "manabe", "redis-evicted", close),
    )


def _third(team: _Team) -> tuple[TeamAction, ...]:
    undone = t(
        "桜井さんが、Zabbix の件の再発防止を「検討中」に戻しました",
        "Sakurai sets the prevention of the Zabbix case back to 「検討中」",
    )
    close = t("白石さんが「月次請求の締め」を終了にしました", "Shiraishi closes 「月次請求の締め」")
    return (
        team.write(15, "14:10", "sakurai", "inc-zabbix-flood", team.body("inc-zabbix-flood"), undone),
        team.close(17, "17:30", "shiraishi", "closing-25", close),
    )


def _fourth(team: _Team) -> tuple[TeamAction, ...]:
    measure = f"- [ ] 配る版の番号を URL に入れる（担当: 小野、期限: {team.due}）"
    mended = t(
        "小野さんが「広告タグのJSが古いまま配られる」の再発防止を書きました",
        "Ono writes down the prevention of 「広告タグのJSが古いまま配られる」",
    )
    return (
        team.write(22, "16:00", "ono", "inc-cdn-cache", team.body("inc-cdn-cache").replace("TBD", measure), mended),
    )
