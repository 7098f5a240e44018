"""The people of the invented team. Only her last posts tell who is leaving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb.sandbox.team.words import Moment, Row


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """A person in esa and Redmine; `member` is False for those who left."""

    id: int
    screen_name: str
    name: str
    joined_days: int
    last_seen_days: int
    role: str = "member"
    member: bool = True

    @property
    def family(self) -> str:
        """The family name, as the team calls each other."""
        return self.name.split()[0]

    def author(self) -> Row:
        """Return the short form of esa's `created_by` and `updated_by`."""
        icon = f"https://img.adteam.example/icons/{self.screen_name}.png"
        return {"myself": False, "name": self.name, "screen_name": self.screen_name, "icon": icon}

    def reference(self) -> Row:
        """Return the short form of Redmine's `author`, `assigned_to` and `user`."""
        return {"id": self.id, "name": self.name}


PEOPLE = (
    InventedPerson(3, "kurokawa", "黒川 修", 2400, 430, member=False),
    InventedPerson(4, "miura", "三浦 千尋", 1900, 245, member=False),
    InventedPerson(5, "takase", "高瀬 真帆", 1500, 23),
    InventedPerson(6, "manabe", "真鍋 大輔", 1300, 0),
    InventedPerson(7, "shiraishi", "白石 由佳", 1180, 0),
    InventedPerson(8, "sakurai", "桜井 美咲", 1120, 0),
    InventedPerson(9, "kashiwagi", "柏木 涼", 900, 0),
    InventedPerson(10, "fujii", "藤井 里奈", 700, 0),
    InventedPerson(11, "toda", "戸田 亮", 780, 2),
    InventedPerson(12, "morishita", "森下 健太", 121, 0, role="owner"),
    InventedPerson(13, "ono", "小野 遥", 119, 0),
    InventedPerson(14, "horie", "堀江 悠斗", 90, 0),
)
BY_NAME = {person.screen_name: person for person in PEOPLE}


def list_members(moment: Moment, posts_by: Mapping[str, int]) -> tuple[Row, ...]:
    """Return the members as esa's `/members` does. `posts_by` counts posts per author."""
    return tuple(_member(moment, person, posts_by.get(person.screen_name, 0)) for person in PEOPLE if person.member)


def list_former(moment: Moment) -> tuple[Row, ...]:
    """Return those who left, as rows for the sandbox."""
    return tuple({**_member(moment, person, 0), "member": False} for person in PEOPLE if not person.member)


def _member(moment: Moment, person: InventedPerson, posts_count: int) -> Row:
    author = person.author()
    del author["myself"]
    return {
        **author,
        "role": person.role,
        "posts_count": posts_count,
        "joined_at": moment.esa(moment.at(person.joined_days, "10:00")),
        "last_accessed_at": moment.esa(moment.at(person.last_seen_days or 1, "18:00")),
        "email": f"{person.screen_name}@adteam.example",
    }


def list_users(moment: Moment) -> tuple[Row, ...]:
    """Return the users as Redmine's `/users.json` does; status 3 is locked."""
    return tuple(
        {
            "id": person.id,
            "login": person.screen_name,
            "admin": person.screen_name == "manabe",
            "name": person.name,
            "firstname": person.name.split()[1],
            "lastname": person.family,
            "mail": f"{person.screen_name}@adteam.example",
            "created_on": moment.redmine(moment.at(person.joined_days, "10:00")),
            "last_login_on": moment.redmine(moment.at(person.last_seen_days or 1, "18:00")),
            "status": 1 if person.member else 3,
        }
        for person in PEOPLE
    )
