"""Saved views: a grid as somebody likes it, under a name, for himself or for the team.

A view is a query string; whoever opens it sees what he may see with it, so that sharing one shares no machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.access import Actor, Permission, allowed, require
from core.hosting.filters import MAX_QUERY_STRING, clean
from db.session import transaction
from services import audit

MAX_NAME = 40
MAX_VIEWS = 50


class ViewRefused(Exception):
    """The view was not saved; `reason` is name, taken, many, long or unknown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as one person sees it."""

    id: int
    name: str
    query: str
    shared: bool
    own: bool
    owner: str


def of_page(actor: Actor, page: str) -> list[View]:
    """Give one's own views and those that the team shares; clients have none."""
    if actor.person_id is None or not allowed(actor, Permission.VIEWS_WRITE):
        return []
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT saved_view.id, saved_view.name, query, shared, person_id = :me AS own, person.name AS owner"
                " FROM saved_view JOIN person ON person.id = person_id"
                " WHERE page = :page AND (person_id = :me OR (shared AND disabled_at IS NULL))"
                " ORDER BY own DESC, lower(saved_view.name), saved_view.id"
            ),
            {"me": actor.person_id, "page": page},
        ).all()
    return [View(**row._asdict()) for row in rows]


def save(actor: Actor, page: str, name: str, query: str, *, shared: bool = False) -> int:
    """Save a new view; gives its id."""
    require(actor, Permission.VIEWS_WRITE)
    proper = _proper_name(name)
    if len(query) > MAX_QUERY_STRING:
        raise ViewRefused("long")
    try:
        with transaction() as session:
            held = session.execute(
                text("SELECT count(*) FROM saved_view WHERE person_id = :me"), {"me": actor.person_id}
            )
            if held.scalar_one() >= MAX_VIEWS:
                raise ViewRefused("many")
            made = session.execute(
                text(
                    "INSERT INTO saved_view (page, name, person_id, shared, query)"
                    " VALUES (:page, :name, :me, :shared, :query) RETURNING id"
                ),
                {"page": page, "name": proper, "me": actor.person_id, "shared": shared, "query": query},
            ).scalar_one()
            audit.record(session, actor, "view.saved", proper, "ok", after={"query": query, "shared": shared})
    except IntegrityError as error:
        raise ViewRefused("taken") from error
    return int(made)


def change(
    actor: Actor, view_id: int, *, name: str | None = None, query: str | None = None, shared: bool | None = None
) -> None:
    """Rename one's own view, give it the query on the screen, or share it; what is None stays."""
    require(actor, Permission.VIEWS_WRITE)
    if query is not None and len(query) > MAX_QUERY_STRING:
        raise ViewRefused("long")
    given = {"name": None if name is None else _proper_name(name), "query": query, "shared": shared}
    try:
        with transaction() as session:
            before = _own(session, actor, view_id)
            session.execute(
                text(
                    "UPDATE saved_view SET name = coalesce(:name, name), query = coalesce(:query, query),"
                    " shared = coalesce(:shared, shared) WHERE id = :id"
                ),
                {**given, "id": view_id},
            )
            after = {key: value for key, value in given.items() if value is not None}
            audit.record(session, actor, "view.changed", before["name"], "ok", before=before, after=after)
    except IntegrityError as error:
        raise ViewRefused("taken") from error


def delete(actor: Actor, view_id: int) -> None:
    """Delete one's own view."""
    require(actor, Permission.VIEWS_WRITE)
    with transaction() as session:
        before = _own(session, actor, view_id)
        session.execute(text("DELETE FROM saved_view WHERE id = :id"), {"id": view_id})
        audit.record(session, actor, "view.deleted", before["name"], "ok", before=before)


def _own(session: Session, actor: Actor, view_id: int) -> dict[str, Any]:
    row = session.execute(
        text("SELECT name, query, shared FROM saved_view WHERE id = :id AND person_id = :me FOR UPDATE"),
        {"id": view_id, "me": actor.person_id},
    ).one_or_none()
    if row is None:
        raise ViewRefused("unknown")
    return row._asdict()


def _proper_name(name: str) -> str:
    proper = clean(name)[:MAX_NAME].strip()
    if not proper:
        raise ViewRefused("name")
    return proper
