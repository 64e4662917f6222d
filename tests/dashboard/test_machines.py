"""The callbacks of the machine grid as a browser, or somebody who is none, calls them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from core.access import Role
from core.hosting.columns import COLUMNS, Kind, Op
from core.hosting.filters import Filter, parse
from dashboard import i18n
from dashboard.components import grid, grid_bar, grid_editor
from dashboard.views import machines as views
from db.session import transaction
from gateways import cache
from services import jobs
from tests.farm import Place, make_miner, make_place
from tests.security.conftest import SignIn, app, body_of, cookie, people, sign_in

__all__ = ["app", "people", "sign_in"]  # fixtures

ROWS = "..grid.rowData...grid-shown.data...grid-summary.children...grid-status.children...grid-pager.children.."


@pytest.fixture
def place(app: Any) -> Place:
    made = make_place()
    with transaction() as session:
        client = session.execute(
            text("SELECT client_id FROM person WHERE email = 'client@security.example'")
        ).scalar_one()
    make_miner(made, position=1, client_id=client, state="online", hashrate_ths=100.0, expected_hashrate_ths=120.0)
    make_miner(made, position=2, client_id=made.client_id, state="online", hashrate_ths=90.0)
    make_miner(made, position=3, state="offline", hashrate_ths=80.0)
    cache.bump_farm_version()
    return made


def post(client: Any, app: Any, search: Any, site: Any) -> Any:
    body = body_of(app, ROWS)
    for part, value in zip(body["inputs"], (search, 1, site), strict=True):
        part["value"] = value
    return client.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie(client, "_csrf_token")})


def rows_of(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["response"]["grid"]["rowData"]


def test_staff_get_the_page_of_the_chosen_site(app: Any, place: Place, sign_in: SignIn) -> None:
    found = rows_of(post(sign_in(Role.USER), app, "?sort=-hashrate_ths", place.code))
    assert [row["hashrate_ths"] for row in found] == [100.0, 90.0, None]
    assert [row["state"] for row in found] == ["online", "online", "offline"]
    assert found[0]["hashrate_share"] == pytest.approx(100 / 120, abs=1e-4)
    assert found[2]["last_hashrate_ths"] == 80.0
    assert all(isinstance(row["id"], str) for row in found)


def test_a_client_gets_his_own_rows_whatever_he_posts(app: Any, place: Place, sign_in: SignIn) -> None:
    client = sign_in(Role.CLIENT)
    for search in ("", "?client=unassigned", f"?client={place.code}-a&q=", "?view=unassigned", f"?site={place.code}"):
        found = rows_of(post(client, app, search, place.code))
        assert {row["client"] for row in found} <= {"sec"}
    assert len(rows_of(post(client, app, "", place.code))) == 1


@pytest.mark.parametrize("role", [Role.GUEST, None])
def test_who_may_not_read_gets_no_row(app: Any, place: Place, sign_in: SignIn, role: Role | None) -> None:
    assert post(sign_in(role), app, "", None).status_code in (400, 401, 403)


@pytest.mark.parametrize(
    "search", [7, ["?q=a"], {"q": "a"}, None, "?" + "x" * 100_000, "?q=%00&page=-5&sort=;--", "?ip=::1%25a&state=%27"]
)
@pytest.mark.parametrize("site", [None, 5, ["tx1"], {"a": 1}, "no such site\x00"])
def test_hostile_bodies_are_answered_and_break_nothing(
    app: Any, place: Place, sign_in: SignIn, search: Any, site: Any
) -> None:
    assert post(sign_in(Role.USER), app, search, site).status_code == 200


def test_a_file_is_its_owners_to_download(
    app: Any, place: Place, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.queue, "send", lambda *_arguments, **_options: None)
    with transaction() as session:
        person = session.execute(text("SELECT id FROM person WHERE email = 'user@security.example'")).scalar_one()
    actor = Place(0, "", 0, 0, person).actor(Role.USER)
    job_id = jobs.start(actor, "machines_csv", views.export_params(parse(""), place.code))
    owner = sign_in(Role.USER)
    assert owner.get(f"/jobs/{job_id}/download").status_code == 404
    assert jobs.run(job_id) == "done"
    answer = owner.get(f"/jobs/{job_id}/download")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    for other in (Role.OWNER, Role.ADMIN, Role.CLIENT, Role.GUEST):
        assert sign_in(other).get(f"/jobs/{job_id}/download").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_column_has_a_name_a_meaning_a_cell_and_an_editor(app: Any, language: str) -> None:
    with i18n.using(language):
        for key, column in COLUMNS.items():
            assert grid.column_title(key)
            assert grid.column_meaning(key)
            options = [("a", "A", 3)] if column.kind is Kind.ENUM else []
            assert grid_editor.editor(key, None, options)
        definitions = grid.grid(query=parse("columns=power_w,state")).columnDefs
    assert [definition["field"] for definition in definitions[:2]] == ["power_w", "state"]
    assert len(definitions) == len(COLUMNS)
    assert [definition["field"] for definition in definitions if not definition["hide"]] == ["power_w", "state"]


@pytest.mark.parametrize(
    ("column", "fields", "wanted"),
    [
        ("power_w", {"low": "2,5", "high": ""}, Filter("power_w", Op.RANGE, low=2.5)),
        ("power_w", {"low": "a", "high": ""}, None),
        ("power_w", {"low": "9", "high": "1"}, None),
        ("power_w", {}, None),
        ("serial", {"text": " =x ", "op": "contains"}, Filter("serial", Op.CONTAINS, text="=x")),
        ("serial", {"text": "x", "op": "equals"}, Filter("serial", Op.EQUALS, text="x")),
        ("serial", {"text": "", "op": "equals"}, None),
        ("serial", {"presence": "absent", "text": "x"}, Filter("serial", Op.ABSENT)),
        ("pool", {"values": ["!absent", "~b"]}, Filter("pool", Op.ANY_OF, values=("!absent", "~b"))),
        ("pool", {"values": "not a list"}, None),
        ("ip", {"text": "10.1.2.3/16"}, Filter("ip", Op.WITHIN, text="10.1.0.0/16")),
        ("ip", {"text": "10.1"}, None),
    ],
)
def test_the_editors_fields_become_the_filter_they_say(
    column: str, fields: dict[str, Any], wanted: Filter | None
) -> None:
    assert views.edited(column, fields) == wanted


def test_chips_say_their_filter() -> None:
    query = parse(
        "state=offline&temp_max_c=83..&power_w=..3500&hashrate_ths=80..120&serial==A&mac=!absent&client=X&client=unassigned"
    )
    words = [grid_bar.filter_words(item, {"client": {"X": "Xavier"}}) for item in query.filters]
    assert words == ["offline", "≥ 83 °C", "≤ 3,500 W", "80–120 TH/s", "= A", "absent", "Xavier, unassigned"]
