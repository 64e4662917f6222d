"""Saved views: one's own to change, the team's to see, nobody else's at all."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text

from core.access import Actor, Denied, Role
from db.session import transaction
from services import views
from services.views import ViewRefused
from settings import Settings
from tests.farm import make_place

pytestmark = pytest.mark.usefixtures("app_settings")


@pytest.fixture
def page() -> str:
    return f"machines-{uuid.uuid4().hex[:6]}"


@pytest.fixture
def olga(app_settings: Settings) -> Actor:
    return make_place().actor(Role.USER)


@pytest.fixture
def piet(app_settings: Settings) -> Actor:
    return make_place().actor(Role.ADMIN)


def names(actor: Actor, page: str) -> list[str]:
    return [view.name for view in views.of_page(actor, page)]


def test_a_view_is_ones_own_until_it_is_shared(olga: Actor, piet: Actor, page: str) -> None:
    made = views.save(olga, page, "  Hot ones ", "temp_max_c=83..")
    assert names(olga, page) == ["Hot ones"]
    assert names(piet, page) == []
    views.change(olga, made, shared=True)
    seen = views.of_page(piet, page)[0]
    assert (seen.name, seen.query, seen.own) == ("Hot ones", "temp_max_c=83..", False)


def test_only_its_owner_changes_or_deletes_a_view(olga: Actor, piet: Actor, page: str) -> None:
    made = views.save(olga, page, "Mine", "q=a", shared=True)
    for change in (lambda: views.change(piet, made, name="Yours"), lambda: views.delete(piet, made)):
        with pytest.raises(ViewRefused, match="unknown"):
            change()
    assert names(piet, page) == ["Mine"]
    views.change(olga, made, name="Still mine", query="q=b")
    assert views.of_page(olga, page)[0].query == "q=b"
    views.delete(olga, made)
    assert names(olga, page) == []


def test_names_are_one_each_and_not_empty(olga: Actor, piet: Actor, page: str) -> None:
    views.save(olga, page, "A", "")
    views.save(piet, page, "A", "")
    for name, reason in (("A", "taken"), ("  \x00 ", "name")):
        with pytest.raises(ViewRefused, match=reason):
            views.save(olga, page, name, "")
    with pytest.raises(ViewRefused, match="long"):
        views.save(olga, page, "B", "q" * 10_000)


@pytest.mark.parametrize("role", [Role.CLIENT, Role.GUEST])
def test_who_may_not_write_views_has_none(role: Role, page: str, olga: Actor) -> None:
    made = views.save(olga, page, "Shared", "", shared=True)
    actor = make_place().actor(role)
    assert views.of_page(actor, page) == []
    for change in (
        lambda: views.save(actor, page, "X", ""),
        lambda: views.change(actor, made, name="X"),
        lambda: views.delete(actor, made),
    ):
        with pytest.raises(Denied):
            change()


def test_every_change_is_in_the_audit_log(olga: Actor, page: str) -> None:
    made = views.save(olga, page, "Audited", "q=a")
    views.change(olga, made, shared=True)
    views.delete(olga, made)
    with transaction() as session:
        rows = session.execute(
            text("SELECT action FROM audit_log WHERE actor_id = :me ORDER BY id"), {"me": olga.person_id}
        ).scalars()
        assert list(rows) == ["view.saved", "view.changed", "view.deleted"]
