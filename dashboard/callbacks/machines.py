"""The machine grid at work. The address is the state: what people do changes it, and a change of it brings the rows."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import replace
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate
from sqlalchemy.exc import SQLAlchemyError

from core.access import Permission, allowed
from core.hosting.columns import COLUMNS, Kind
from core.hosting.filters import GridQuery, clean, parse, serialise
from core.hosting.grid_views import expand
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components import grid_bar, grid_editor
from dashboard.components.grid_status import job_panel, no_match, unreadable
from dashboard.components.toast import toast
from dashboard.i18n import _
from dashboard.registry import clientside, guarded
from dashboard.views import machines as views
from services import jobs
from services import views as saved_views

log = logging.getLogger(__name__)

READ = (Permission.FARM_READ, Permission.OWN_MACHINES_READ)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _asked(search: Any) -> GridQuery:
    # What a browser posts as an address need not be a text.
    return expand(parse(search if isinstance(search, str) else ""))


def _chosen(site: Any) -> str | None:
    return clean(site) or None if isinstance(site, str) else None


@guarded(
    Output(ids.GRID, "rowData"),
    Output(ids.GRID_SHOWN, "data"),
    Output(ids.GRID_SUMMARY, "children"),
    Output(ids.GRID_STATUS, "children"),
    Output(ids.GRID_PAGER, "children"),
    Input(ids.URL, "search"),
    Input(ids.DATA_VERSION, "data"),
    Input(ids.SITE, "data"),
    State(ids.GRID_SHOWN, "data"),
    permission=READ,
)
def show_machines(search: str | None, version: Any, site: str | None, shown: Any) -> Any:
    """Bring the page of machines that the address asks for; the pager only when it has something else to say."""
    actor, query, site, now = current_actor(), _asked(search), _chosen(site), _now()
    try:
        totals = views.counted(actor, query, site, now)
        rows = views.rows(actor, query, site, now, totals)
    except SQLAlchemyError:
        log.exception("the machines could not be read")
        return no_update, no_update, no_update, unreadable(), no_update
    state = {
        "search": grid_bar.search_of(query),
        "sort": [[sort.column, "desc" if sort.descending else "asc"] for sort in query.sort],
        "order": grid_bar.order_of(query),
        "columns": list(query.shown),
        "machines": totals.machines,
        "pages": totals.pages,
        "q": query.q,
        "market": totals.usd_per_th_hour is not None,
        "now": now.timestamp(),
    }
    kept = ("search", "machines")
    same = (
        isinstance(shown, dict)
        and ctx.triggered_id == ids.DATA_VERSION
        and all(shown.get(key) == state[key] for key in kept)
    )
    status = None if rows else no_match(query)
    return rows, state, grid_bar.summary(totals), status, no_update if same else grid_bar.pager(query, totals)


@guarded(
    Output(ids.GRID_TABS, "children"),
    Output(ids.GRID_CHIPS, "children"),
    Input(ids.URL, "search"),
    Input(ids.SITE, "data"),
    Input(ids.GRID_VIEWS_CHANGED, "data"),
    permission=READ,
)
def show_state(search: str | None, site: str | None, _changed: Any) -> Any:
    """Bring views and filters as the address has them."""
    actor, query, site = current_actor(), _asked(search), _chosen(site)
    may_save = allowed(actor, Permission.VIEWS_WRITE) and actor.person_id is not None
    tabs = grid_bar.tabs(
        query, saved_views.of_page(actor, views.PAGE), built_in=views.built_in(actor), may_save=may_save
    )
    return tabs, grid_bar.chips(query, views.names(actor, query, site, _now()), views.site_name(actor, site))


@guarded(
    Output(ids.GRID_EDITOR, "children"),
    Output(ids.GRID_EDITED, "data"),
    Input(ids.grid_edit(ALL), "n_clicks"),
    State(ids.URL, "search"),
    State(ids.SITE, "data"),
    prevent_initial_call=True,
    permission=READ,
)
def edit_filter(_clicks: Any, search: str | None, site: str | None) -> Any:
    """Open the editor of the column that somebody pressed, in the list or on its chip."""
    pressed = ctx.triggered_id
    column = pressed.get("column") if isinstance(pressed, dict) else None
    if not isinstance(column, str) or column not in COLUMNS or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    actor, query = current_actor(), _asked(search)
    options = views.options(actor, column, _chosen(site), _now()) if COLUMNS[column].kind is Kind.ENUM else []
    return grid_editor.editor(column, query.filter_of(column), options), column


@guarded(
    Output(ids.URL, "search", allow_duplicate=True),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.GRID_APPLY, "n_clicks"),
    State(ids.grid_part(ALL), "value"),
    State(ids.grid_part(ALL), "id"),
    State(ids.GRID_EDITED, "data"),
    State(ids.URL, "search"),
    prevent_initial_call=True,
    permission=READ,
)
def apply_filter(clicks: int | None, fields: Any, parts: Any, column: Any, search: str | None) -> Any:
    """Put the edited filter into the address; an empty one takes it out."""
    if not clicks or not isinstance(column, str) or column not in COLUMNS:
        raise PreventUpdate
    given = {str(part.get("part")): value for part, value in zip(parts, fields, strict=False) if isinstance(part, dict)}
    made = views.edited(column, given)
    query = _asked(search)
    if made is None and any(given.get(part) for part in ("low", "high", "text", "values", "presence")):
        return no_update, toast(_("This filter could not be read. Check its values."), kind="warn")
    return grid_bar.search_of(query.with_filter(made) if made else query.without_filter(column)), no_update


@guarded(
    Output(ids.URL, "search", allow_duplicate=True),
    Input(ids.GRID_COLUMNS, "value"),
    State(ids.URL, "search"),
    prevent_initial_call=True,
    permission=READ,
)
def choose_columns(chosen: Any, search: str | None) -> Any:
    """Show and hide columns; those that stay keep their order."""
    query = _asked(search)
    wanted = [key for key in COLUMNS if isinstance(chosen, list) and key in chosen]
    if set(wanted) == set(query.shown):
        raise PreventUpdate
    kept = [key for key in query.shown if key in wanted]
    columns = ",".join([*kept, *(key for key in COLUMNS if key in wanted and key not in kept)]) or "asset_id"
    return grid_bar.search_of(replace(query, columns=parse(f"columns={columns}").columns))


@guarded(
    Output(ids.GRID_VIEW_NAME, "value"),
    Output(ids.GRID_VIEW_SHARED, "value"),
    Output(ids.GRID_VIEW_UPDATE, "className"),
    Output(ids.GRID_VIEW_DELETE, "className"),
    Input(ids.GRID_TABS, "children"),
    State(ids.URL, "search"),
    permission=READ,
)
def fill_view(_tabs: Any, search: str | None) -> Any:
    """Fill the form with the view on the screen, where it is one's own."""
    view = _own_view(search)
    if view is None:
        return "", [], "hi-button hi-hidden", "hi-button hi-hidden"
    return view.name, ["shared"] if view.shared else [], "hi-button", "hi-button"


@guarded(
    Output(ids.URL, "search", allow_duplicate=True),
    Output(ids.GRID_VIEWS_CHANGED, "data"),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.GRID_VIEW_SAVE, "n_clicks"),
    Input(ids.GRID_VIEW_UPDATE, "n_clicks"),
    Input(ids.GRID_VIEW_DELETE, "n_clicks"),
    State(ids.GRID_VIEW_NAME, "value"),
    State(ids.GRID_VIEW_SHARED, "value"),
    State(ids.URL, "search"),
    prevent_initial_call=True,
    # Fires once when the page appears, for clients too: the verbs themselves ask for VIEWS_WRITE.
    permission=READ,
)
def change_view(_save: Any, _update: Any, _delete: Any, name: Any, shared: Any, search: str | None) -> Any:
    """Save, update or delete a view."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    actor, query = current_actor(), _asked(search)
    held = serialise(replace(query, page=1, view=""))
    named, is_shared, own = clean(str(name or "")), bool(shared), _own_view(search)
    try:
        if ctx.triggered_id == ids.GRID_VIEW_SAVE:
            made = saved_views.save(actor, views.PAGE, named, held, shared=is_shared)
            return (
                grid_bar.search_of(replace(query, view=str(made))),
                made,
                toast(_("View {name} saved.", name=named), kind="good"),
            )
        if own is None:
            raise saved_views.ViewRefused("unknown")
        if ctx.triggered_id == ids.GRID_VIEW_UPDATE:
            saved_views.change(actor, own.id, name=named, query=held, shared=is_shared)
            return (
                no_update,
                f"{own.id}:{_now().timestamp()}",
                toast(_("View {name} updated.", name=named), kind="good"),
            )
        saved_views.delete(actor, own.id)
        return grid_bar.search_of(replace(query, view="")), -own.id, toast(_("View {name} deleted.", name=own.name))
    except saved_views.ViewRefused as refused:
        said = {
            "name": _("Give the view a name."),
            "taken": _("You have a view of this name already."),
            "many": _("You have as many views as there can be. Delete one first."),
            "long": _("This view holds too many filters to be saved."),
            "unknown": _("This view is not yours, or is gone."),
        }
        return no_update, no_update, toast(said[refused.reason], kind="warn")


@guarded(
    Output(ids.JOB, "data"),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.GRID_EXPORT_XLSX, "n_clicks"),
    Input(ids.GRID_EXPORT_CSV, "n_clicks"),
    State(ids.URL, "search"),
    State(ids.SITE, "data"),
    prevent_initial_call=True,
    permission=Permission.EXPORT,
)
def export(_xlsx: Any, _csv: Any, search: str | None, site: str | None) -> Any:
    """Have all that matches written to a file."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    kind = "machines_xlsx" if ctx.triggered_id == ids.GRID_EXPORT_XLSX else "machines_csv"
    try:
        return str(jobs.start(current_actor(), kind, views.export_params(_asked(search), _chosen(site)))), no_update
    except jobs.TooMany:
        return no_update, toast(_("Three exports are under way already. Wait for one, or cancel it."), kind="warn")


@guarded(
    Output(ids.JOB_PANEL, "children"),
    Output(ids.JOB_POLL, "disabled"),
    Input(ids.JOB, "data"),
    Input(ids.JOB_POLL, "n_intervals"),
    prevent_initial_call=True,
    permission=Permission.EXPORT,
)
def watch_job(job_id: Any, _tick: Any) -> Any:
    """Say how far the export is."""
    if not isinstance(job_id, str) or not job_id:
        return None, True
    try:
        status = jobs.status(current_actor(), job_id)
    except jobs.NoSuchJob:
        return None, True
    return job_panel(status), not status.open


@guarded(
    Output(ids.JOB_PANEL, "children", allow_duplicate=True),
    Input(ids.JOB_CANCEL, "n_clicks"),
    State(ids.JOB, "data"),
    prevent_initial_call=True,
    permission=Permission.EXPORT,
)
def cancel_job(clicks: int | None, job_id: Any) -> Any:
    """End the export."""
    if not clicks or not isinstance(job_id, str):
        raise PreventUpdate
    actor = current_actor()
    try:
        jobs.cancel(actor, job_id)
        return job_panel(jobs.status(actor, job_id))
    except jobs.NoSuchJob:
        return None


def _own_view(search: str | None) -> saved_views.View | None:
    key = _asked(search).view
    found = saved_views.of_page(current_actor(), views.PAGE) if key.isdigit() else []
    return next((view for view in found if view.own and str(view.id) == key), None)


clientside("grid", "sync", Output(ids.GRID_SYNCED, "data"), Input(ids.GRID_SHOWN, "data"), State(ids.GRID, "id"))
clientside(
    "grid", "cards", Output(ids.GRID_CARDS, "children"), Input(ids.GRID, "rowData"), Input(ids.GRID_SYNCED, "data")
)
clientside(
    "grid",
    "jump",
    Output(ids.GRID_JUMP, "title"),
    Input(ids.GRID_JUMP, "value"),
    State(ids.GRID_SHOWN, "data"),
    prevent_initial_call=True,
)
clientside("grid", "order", Output(ids.GRID_ORDER, "size"), Input(ids.GRID_ORDER, "value"), prevent_initial_call=True)
clientside(
    "grid", "search", Output(ids.GRID_SEARCH, "title"), Input(ids.GRID_SEARCH, "value"), prevent_initial_call=True
)
clientside(
    "grid",
    "fetched",
    Output(ids.JOB_FETCHED, "data"),
    Input(ids.JOB_PANEL, "children"),
    State(ids.JOB_FETCHED, "data"),
    prevent_initial_call=True,
)
