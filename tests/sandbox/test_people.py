"""Members, tags, statistics, the person and the teams behind a token."""

from __future__ import annotations

from sandbox.box import Box, comment, post


def test_members_are_who_was_given_and_who_wrote(filled) -> None:
    box = filled(
        {
            "screen_name": "abe",
            "name": "阿部",
            "email": "abe@ad.example",
            "role": "owner",
            "joined_at": "2019-04-01T00:00:00+09:00",
        },
        post(1),
        post(2, comments=[comment(10, by="ito")]),
    )
    rows = {row["screen_name"]: row for row in box.get("/members").json()["members"]}
    assert set(rows) == {"operator", "abe", "sato", "ito"}
    assert rows["sato"]["posts_count"] == 2
    assert (rows["abe"]["role"], rows["abe"]["email"], rows["abe"]["name"]) == ("owner", "abe@ad.example", "阿部")
    assert rows["operator"]["myself"] is True
    assert box.get("/members").json()["members"][0]["screen_name"] == "sato"
    assert box.get("/members", sort="joined", order="asc").json()["members"][0]["screen_name"] == "abe"
    assert box.get("/members", sort="colour").status_code == 400


def test_a_former_member_is_named_where_they_wrote_and_listed_nowhere(filled) -> None:
    box = filled(
        {"screen_name": "kurokawa", "name": "黒川 修", "member": False},
        post(1, created_by={"screen_name": "kurokawa"}),
        post(2),
    )
    assert box.get("/posts/1").json()["created_by"]["name"] == "黒川 修"
    names = {row["screen_name"] for row in box.get("/members").json()["members"]}
    assert names == {"operator", "sato"}
    assert box.get("/members/kurokawa").status_code == 404
    box.edit("remove-member", fields={"screen_name": "sato"})
    assert {row["screen_name"] for row in box.get("/members").json()["members"]} == {"operator"}
    assert box.get("/posts/2").json()["created_by"]["screen_name"] == "sato"


def test_members_are_paged(filled) -> None:
    box = filled(*({"screen_name": f"m{number}"} for number in range(150)))
    first = box.get("/members", per_page=100).json()
    assert (len(first["members"]), first["next_page"], first["total_count"]) == (100, 2, 151)


def test_one_member_is_found_by_name_address_or_me(filled) -> None:
    box = filled({"screen_name": "abe", "email": "abe@ad.example"})
    for who in ("abe", "abe@ad.example"):
        assert box.get(f"/members/{who}").json()["screen_name"] == "abe"
    assert box.get("/members/me").json()["screen_name"] == "operator"
    assert box.get("/members/nobody").status_code == 404


def test_tags_come_a_thousand_at_once_the_frequent_first(filled) -> None:
    box = filled(post(1, tags=["db", "api"]), post(2, tags=["db"]), post(3, tags=[f"t{n}" for n in range(1100)]))
    told = box.get("/tags").json()
    assert told["tags"][:2] == [{"name": "db", "posts_count": 2}, {"name": "api", "posts_count": 1}]
    assert (len(told["tags"]), told["per_page"], told["max_per_page"], told["total_count"]) == (1000, 1000, 1000, 1102)


def test_statistics_count_everything(filled) -> None:
    box = filled(post(1, comments=[comment(10)], stargazers_count=2), post(2, wip=True))
    told = box.get("/stats").json()
    assert {name: told[name] for name in ("members", "posts", "posts_wip", "posts_shipped", "comments", "stars")} == {
        "members": 2,
        "posts": 2,
        "posts_wip": 1,
        "posts_shipped": 1,
        "comments": 1,
        "stars": 2,
    }
    assert {"daily_active_users", "weekly_active_users", "monthly_active_users"} <= set(told)


def test_the_person_behind_a_token_and_their_teams(box: Box) -> None:
    told = box.get("/v1/user", include="teams").json()
    assert {"id", "name", "screen_name", "icon", "email", "created_at", "updated_at", "teams"} == set(told)
    assert told["screen_name"] == "operator"
    assert "teams" not in box.get("/v1/user").json()
    teams = box.get("/v1/teams").json()
    assert set(teams["teams"][0]) == {"name", "privacy", "description", "icon", "url"}
    assert teams["teams"] == told["teams"]


def test_teams_can_be_narrowed_by_role(box: Box) -> None:
    assert len(box.get("/v1/teams", role="owner").json()["teams"]) == 1
    assert box.get("/v1/teams", role="member").json()["teams"] == []


def test_data_can_say_whose_the_token_is(filled) -> None:
    box = filled(
        post(1), {"screen_name": "mori", "name": "森", "me": True}, post(2, created_by={"screen_name": "mori"})
    )
    assert box.get("/v1/user").json()["name"] == "森"
    assert box.get("/posts/2").json()["created_by"]["myself"] is True
    assert box.get("/members/operator").status_code == 404
