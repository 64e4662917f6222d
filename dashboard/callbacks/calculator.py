"""The calculator at work: a change of the address brings the answer, and what is saved is an address with a name."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Any

import orjson
import pandas as pd
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from core.access import Permission
from core.calculator.lots import MAX_LOTS, Lots, NotLots, Reason
from core.calculator.question import NAMES, Question, parse, serialise
from core.calculator.sheet import sheet
from core.calculator.tariffs import read_hours
from core.market.refusals import Refusal
from dashboard import formats, ids
from dashboard.auth import current_actor
from dashboard.components.calculator_controls import PAGE
from dashboard.components.controls import told
from dashboard.components.icons import icon
from dashboard.components.toast import toast
from dashboard.i18n import _
from dashboard.registry import clientside, guarded
from dashboard.views.calculator import catalogue, compare, controls, curtail, many, past, saved, single, words
from services import calculator, spreadsheets
from services import views as saved_views
from services.views import ViewRefused

USE = Permission.CALCULATE
MANY = Permission.CALCULATE_MANY
MAX_HOURS = 8_784
MAX_HOURS_TEXT = MAX_HOURS * 24  # characters
ZONE = "UTC"  # days of the market are days of UTC

clientside("desk", "follow", Output(ids.CALC_DRAWN_FOR, "data"), Input(ids.URL, "search"))
clientside("desk", "say", Output(ids.desk_told(PAGE), "data"), Input(ids.desk_said(PAGE), "data"))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _question(search: Any) -> Question:
    return parse(search if isinstance(search, str) else "")


def _desk(search: Any) -> calculator.Desk:
    return calculator.desk(current_actor(), _question(search), _now())


@guarded(
    Output(ids.CALC_BANNER, "children"),
    Output(ids.CALC_MARKET, "children"),
    Output(ids.desk_said(PAGE), "data"),
    Input(ids.URL, "search"),
    Input(ids.DATA_VERSION, "data"),
    permission=USE,
)
def show_question(search: Any, _version: Any) -> Any:
    """Say what stands for what is left open, and hide what means nothing."""
    desk, now = _desk(search), _now()
    says = {name: controls.said(desk, name, now) for name in NAMES}
    return controls.banner(desk), controls.market_line(desk.market, now), told(says)


@guarded(
    Output(ids.CALC_KPIS["single"], "children"),
    Output(ids.chart_part("graph", "calc-cash"), "figure"),
    Output(ids.chart_part("graph", "calc-tornado"), "figure"),
    Output(ids.chart_part("graph", "calc-heat"), "figure"),
    Output(ids.CALC_RESULTS, "children"),
    Output(ids.CALC_NOTE["single"], "children"),
    Input(ids.URL, "search"),
    permission=USE,
)
def answer_one(search: Any) -> Any:
    """Answer for one machine."""
    desk = _desk(search)
    cash, note = single.cash(desk)
    tornado, heat = single.tornado_figure(desk), single.heat_figure(desk)
    return single.tiles(desk), cash, tornado, heat, single.results_table(desk), note


@guarded(
    Output(ids.CALC_TABLE["compare"], "children"),
    Output(ids.chart_part("graph", "calc-compare-profit"), "figure"),
    Output(ids.chart_part("graph", "calc-compare-cash"), "figure"),
    Input(ids.URL, "search"),
    permission=USE,
)
def answer_beside(search: Any) -> Any:
    """Answer for machines beside each other."""
    desk = _desk(search)
    return compare.comparison(desk), *compare.comparison_figures(desk)


@guarded(
    Output(ids.CALC_KPIS["past"], "children"),
    Output(ids.chart_part("graph", "calc-past"), "figure"),
    Output(ids.chart_part("graph", "calc-past-days"), "figure"),
    Output(ids.CALC_NOTE["past"], "children"),
    Input(ids.URL, "search"),
    permission=USE,
)
def answer_past(search: Any) -> Any:
    """Answer for days that have been."""
    desk = _desk(search)
    now = _now()
    since = now - dt.timedelta(days=desk.question.number("since_days") or 365.0)
    return past.past(desk, calculator.days(current_actor(), since, now), ZONE)


@guarded(
    Output(ids.CALC_KPIS["curtail"], "children"),
    Output(ids.chart_part("graph", "calc-hours"), "figure"),
    Output(ids.chart_part("graph", "calc-sides"), "figure"),
    Output(ids.CALC_NOTE["curtail"], "children"),
    Input(ids.URL, "search"),
    Input(ids.CALC_HOURS, "data"),
    permission=USE,
)
def answer_curtailment(search: Any, hours: Any) -> Any:
    """Answer for always on against off when power is dear."""
    return curtail.curtailment(_desk(search), hours if _are_hours(hours) else None)


@guarded(
    Output(ids.CALC_HOURS, "data"),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.CALC_HOURS_READ, "n_clicks"),
    State(ids.CALC_HOURS_TEXT, "value"),
    prevent_initial_call=True,
    permission=USE,
)
def take_hours(clicks: int | None, text: Any) -> Any:
    """Take pasted hourly prices; an empty field takes them away again."""
    if not clicks:
        raise PreventUpdate
    pasted = str(text or "")[:MAX_HOURS_TEXT]
    if not pasted.strip():
        return None, no_update
    try:
        hours = read_hours(pasted)
    except Refusal as refused:
        return no_update, toast(_("Nothing was changed: {why}.", why=words.refusal(refused)), kind="bad")
    if not _are_hours(hours):
        return no_update, toast(_("Up to {count} prices of a plausible size are needed.", count=MAX_HOURS), kind="bad")
    return hours, no_update


def _are_hours(hours: Any) -> bool:
    return (
        isinstance(hours, list)
        and 1 <= len(hours) <= MAX_HOURS
        and all(isinstance(hour, (int, float)) and not isinstance(hour, bool) and abs(hour) < 1e5 for hour in hours)
    )


@guarded(
    Output(ids.CALC_DOWNLOAD, "data"),
    Input(ids.CALC_SHEET, "n_clicks"),
    State(ids.URL, "search"),
    prevent_initial_call=True,
    permission=USE,
)
def hand_out_workings(clicks: int | None, search: Any) -> Any:
    """Hand out the calculation as a workbook with live formulas."""
    desk = _desk(search)
    if not clicks or desk.asked.scenario is None:
        raise PreventUpdate
    wording = spreadsheets.Wording(
        title=_,
        unit_of=formats.unit_word,
        choice=words.choice_word,
        inputs=_("Inputs and results"),
        results=_("Results"),
        months=_("Months"),
        name=_("Input"),
        value=_("Value"),
        unit=_("Unit"),
        note=_("Change a coloured cell and everything follows. Schemes are built into the formulas."),
    )
    made = spreadsheets.workings(sheet(desk.asked.scenario, desk.asked.plan), wording)
    return dcc.send_bytes(made, f"{_('Calculation')} {_now():%Y-%m-%d}.xlsx")


@guarded(
    Output(ids.CALC_DOWNLOAD, "data", allow_duplicate=True),
    Input(ids.CALC_COMPARED_XLSX, "n_clicks"),
    State(ids.URL, "search"),
    prevent_initial_call=True,
    permission=USE,
)
def hand_out_comparison(clicks: int | None, search: Any) -> Any:
    """Hand out machines beside each other as a workbook, every result of them."""
    table = compare.compared_table(_desk(search)) if clicks else None
    if table is None:
        raise PreventUpdate
    headings = {name: many.many_heading(name) for name in table.columns}
    made = spreadsheets.table(table, headings, _("Machines beside each other"), [])
    return dcc.send_bytes(made, f"{_('Machines beside each other')} {_now():%Y-%m-%d}.xlsx")


# ---- many machines


@guarded(
    Output(ids.CALC_LOTS, "data"),
    Output(ids.CALC_LOTS_SAID, "children"),
    Input(ids.CALC_LOTS_READ, "n_clicks"),
    Input(ids.CALC_LOTS_FLEET, "n_clicks"),
    Input(ids.CALC_LOTS_FILE, "contents"),
    State(ids.CALC_LOTS_TEXT, "value"),
    State(ids.CALC_LOTS_FILE, "filename"),
    State(ids.SITE, "data"),
    prevent_initial_call=True,
    permission=MANY,
)
def take_lots(_read: Any, _fleet: Any, contents: Any, text: Any, name: Any, site: Any) -> Any:
    """Take lots that were pasted, uploaded, or stand on the farm; bad lines are told one by one."""
    actor = current_actor()
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    try:
        if ctx.triggered_id == ids.CALC_LOTS_FLEET:
            lots = calculator.fleet(actor, site if isinstance(site, str) and site != ids.ALL_SITES else None)
        elif ctx.triggered_id == ids.CALC_LOTS_FILE:
            lots = calculator.uploaded(actor, str(name or ""), _bytes_of(contents))
        else:
            lots = calculator.pasted(actor, str(text or ""))
    except NotLots as why:
        return no_update, html.P([icon("warning"), _("Not read: {why}.", why=words.refusal(why))], className="hi-bad")
    taken = _("{count} lots taken.", count=len(lots.frame))
    return _packed(lots.frame), [html.P(taken), many.refused_lines(lots.refused)]


@guarded(
    Output(ids.CALC_TABLE["many"], "rowData"),
    Output(ids.CALC_KPIS["many"], "children"),
    Input(ids.CALC_LOTS, "data"),
    Input(ids.URL, "search"),
    permission=MANY,
)
def answer_many(lots: Any, search: Any) -> Any:
    """Rank the lots and sum them up."""
    lots_now = calculator.many(current_actor(), _question(search), Lots(_unpacked(lots)), _now())
    return many.many_rows(lots_now), many.many_tiles(lots_now)


@guarded(
    Output(ids.CALC_DOWNLOAD, "data", allow_duplicate=True),
    Input(ids.CALC_LOTS_XLSX, "n_clicks"),
    Input(ids.CALC_LOTS_CSV, "n_clicks"),
    State(ids.CALC_LOTS, "data"),
    State(ids.URL, "search"),
    prevent_initial_call=True,
    permission=MANY,
)
def hand_out_lots(_xlsx: Any, _csv: Any, lots: Any, search: Any) -> Any:
    """Hand out the ranked lots as a file."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    lots_now = calculator.many(current_actor(), _question(search), Lots(_unpacked(lots)), _now())
    if lots_now.table.empty:
        raise PreventUpdate
    headings = {name: many.many_heading(name) for name in many.MANY_COLUMNS if name in lots_now.table.columns}
    stem = f"{_('Lots, ranked')} {_now():%Y-%m-%d}"
    if ctx.triggered_id == ids.CALC_LOTS_CSV:
        return dcc.send_bytes(
            spreadsheets.as_csv(lots_now.table, headings), f"{stem}.csv", type="text/csv; charset=utf-8"
        )
    sums = [(title, lots_now.totals[name]) for name, title in _sums() if name in lots_now.totals]
    return dcc.send_bytes(spreadsheets.table(lots_now.table, headings, _("Lots, ranked"), sums), f"{stem}.xlsx")


def _sums() -> list[tuple[str, str]]:
    return [
        ("hashrate_ths", _("Hashrate") + " [TH/s]"),
        ("power_kw", _("Power") + " [kW]"),
        ("revenue_usd", _("Revenue a day") + " [USD]"),
        ("cost_usd", _("Cost a day") + " [USD]"),
        ("profit_usd", _("Profit a day") + " [USD]"),
        ("break_even_price_usd", _("Break-even bitcoin price") + " [USD/BTC]"),
    ]


def _packed(frame: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(frame.to_json(orient="records"))
    return found


def _unpacked(lots: Any) -> pd.DataFrame:
    """Give the lots that a browser kept: only columns and kinds that we put there."""
    if not isinstance(lots, list) or len(lots) > MAX_LOTS:
        return pd.DataFrame()
    rows = [row for row in lots if isinstance(row, dict)]
    columns: dict[str, list[Any]] = {}
    for name in calculator.LOT_TEXTS:
        if any(name in row for row in rows):
            columns[name] = [str(row.get(name) or "")[:120] for row in rows]
    for name in calculator.LOT_NUMBERS:
        if any(name in row for row in rows):
            columns[name] = [_float(row.get(name)) for row in rows]
    if not {"hashrate_ths", "power_w"} <= columns.keys():
        return pd.DataFrame()
    return pd.DataFrame(columns)


def _float(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else float("nan")


def _bytes_of(contents: Any) -> bytes:
    try:
        return base64.b64decode(str(contents).partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise NotLots(Reason.CUT_OFF) from None


# ---- scenarios


@guarded(
    Output(ids.CALC_SAVED, "children"),
    Input(ids.CALC_SAVED_CHANGED, "data"),
    prevent_initial_call=True,
    permission=USE,
)
def show_saved(_changed: Any) -> Any:
    """Show one's own scenarios and those that the team shares."""
    return saved.links(current_actor())


@guarded(
    Output(ids.CALC_SAVED_CHANGED, "data"),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.CALC_SAVE, "n_clicks"),
    State(ids.CALC_SAVE_NAME, "value"),
    State(ids.CALC_SAVE_SHARED, "value"),
    State(ids.URL, "search"),
    prevent_initial_call=True,
    permission=Permission.VIEWS_WRITE,
)
def save_scenario(clicks: int | None, name: Any, shared: Any, search: Any) -> Any:
    """Keep the question under a name."""
    if not clicks:
        raise PreventUpdate
    try:
        saved_views.save(
            current_actor(), saved.PAGE, str(name or ""), serialise(_question(search)), shared=shared is True
        )
    except ViewRefused as refused:
        return no_update, toast(_refusal(refused.reason), kind="bad")
    return _now().timestamp(), toast(_("Scenario saved."), kind="good")


@guarded(
    Output(ids.CALC_SAVED_CHANGED, "data", allow_duplicate=True),
    Input(ids.saved_delete(ALL), "n_clicks"),
    prevent_initial_call=True,
    permission=Permission.VIEWS_WRITE,
)
def delete_scenario(_clicks: Any) -> Any:
    """Forget one of one's own scenarios."""
    pressed = ctx.triggered_id
    if not isinstance(pressed, dict) or not ctx.triggered[0]["value"] or not isinstance(pressed.get("view"), int):
        raise PreventUpdate
    try:
        saved_views.delete(current_actor(), pressed["view"])
    except ViewRefused as error:
        raise PreventUpdate from error
    return _now().timestamp()


def _refusal(reason: str) -> str:
    said = {
        "name": _("A scenario needs a name."),
        "taken": _("You have one of this name already."),
        "many": _("You have as many as one may keep: delete one first."),
        "long": _("This question is too long to keep."),
    }
    return said.get(reason, _("The scenario was not saved."))


# ---- the catalogue


clientside(
    "sheet",
    "search",
    Output(ids.MODELS_SOUGHT, "data"),
    Input(ids.MODELS_SEARCH, "value"),
    State(ids.MODELS_TABLE, "id"),
    State(ids.MODELS_COUNT, "id"),
    prevent_initial_call=True,
)


@guarded(
    Output(ids.model_part(ALL), "value"),
    Input(ids.MODELS_TABLE, "cellRendererData"),
    State(ids.model_part(ALL), "id"),
    prevent_initial_call=True,
    permission=Permission.MODELS_WRITE,
)
def edit_model(pressed: Any, parts: list[dict[str, Any]]) -> Any:
    """Take a model into the editor."""
    name = pressed.get("value") if isinstance(pressed, dict) else None
    found = next((model for model in calculator.models(current_actor()) if model.name == name), None)
    if found is None:
        raise PreventUpdate
    return [getattr(found, str(part["part"])) for part in parts]


@guarded(
    Output(ids.MODELS_TABLE, "rowData"),
    Output(ids.MODELS_CHANGES, "children"),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.MODELS_SAVE, "n_clicks"),
    State(ids.model_part(ALL), "value"),
    State(ids.model_part(ALL), "id"),
    prevent_initial_call=True,
    permission=Permission.MODELS_WRITE,
)
def save_model(clicks: int | None, values: list[Any], parts: list[dict[str, Any]]) -> Any:
    """Change a model or add one."""
    if not clicks:
        raise PreventUpdate
    actor = current_actor()
    given = {str(part.get("part")): value for part, value in zip(parts, values, strict=True)}
    try:
        calculator.keep_model(actor, given)
    except Refusal as refused:
        return no_update, no_update, toast(_("Not saved: {why}.", why=words.refusal(refused)), kind="bad")
    said = toast(_("{name} saved.", name=str(given.get("name"))), kind="good")
    return catalogue.models(actor), catalogue.changes(actor), said
