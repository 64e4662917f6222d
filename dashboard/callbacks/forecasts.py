"""The forecasts page at work: the address is what is asked, and work that takes long is a job of the person's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from core.access import Permission
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components import figures
from dashboard.components.forecast_parts import job_panel
from dashboard.components.forecast_words import read
from dashboard.components.toast import toast
from dashboard.i18n import _
from dashboard.registry import guarded
from dashboard.views import forecasts as views
from services import jobs
from services.forecasts import ORIGINS

READ, EVALUATE = Permission.FORECASTS_READ, Permission.EVALUATE
FIT, EVALUATION = "forecast_fit", "forecast_evaluation"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@guarded(
    Output(ids.FORECAST_CONTROLS, "children"),
    Output(ids.FORECAST_VERDICT, "children"),
    Input(ids.URL, "search"),
    Input(ids.FORECAST_STORED, "data"),
    permission=READ,
)
def show_controls(search: Any, _stored: Any) -> Any:
    """Bring what can be chosen, with the record of each model, and what that says."""
    actor, asked = current_actor(), read(search)
    return views.controls(actor, asked), views.verdict(actor, asked)


@guarded(
    Output(ids.chart_part("graph", "forecast"), "figure"),
    Output(ids.FORECAST_DRAWN, "data"),
    Output(ids.FORECAST_FACTS, "children"),
    Output(ids.FORECAST_TOLD, "children"),
    Output(ids.FORECAST_TABLE, "children"),
    Input(ids.URL, "search"),
    Input(ids.DATA_VERSION, "data"),
    Input(ids.SITE, "data"),
    Input(ids.FORECAST_STORED, "data"),
    State(ids.FORECAST_DRAWN, "data"),
    permission=READ,
)
def show_forecast(search: Any, _version: Any, site: Any, _stored: Any, drawn: Any) -> Any:
    """Bring the chart and what stands around it; the lines only move where the same ones are on the screen."""
    found = views.answer(current_actor(), read(search), site if isinstance(site, str) else None, _now())
    figure, here = figures.drawn_or_moved([found.figure], found.what, drawn)
    return figure, here, found.facts, found.told, found.table


@guarded(
    Output(ids.FORECAST_SCORES, "hidden"),
    Output(ids.FORECAST_SCORE_CHARTS, "hidden"),
    Output(ids.FORECAST_SCORE_TABLE, "children"),
    Output(ids.chart_part("graph", "forecast-skill"), "figure"),
    Output(ids.chart_part("graph", "forecast-coverage"), "figure"),
    Output(ids.FORECAST_RUN, "disabled"),
    Output(ids.FORECAST_RUN, "title"),
    Input(ids.URL, "search"),
    Input(ids.FORECAST_STORED, "data"),
    permission=READ,
)
def show_scores(search: Any, _stored: Any) -> Any:
    """Bring the newest evaluation at this horizon; that of the price stands for the hashprice too."""
    actor, asked = current_actor(), read(search)
    if asked.series == "difficulty":
        return True, True, None, figures.blank(), figures.blank(), True, ""
    why_not = views.why_not_evaluable(actor, asked, _now())
    found = views.scores(actor, asked)
    if found is None:
        return False, True, views.unmeasured(), figures.blank(), figures.blank(), bool(why_not), why_not
    return False, False, *found, bool(why_not), why_not


@guarded(
    Output(ids.FORECAST_JOB, "data"),
    Input(ids.URL, "search"),
    Input(ids.FORECAST_STORED, "data"),
    permission=READ,
)
def fit_what_is_missing(search: Any, _stored: Any) -> Any:
    """Take up the job that is under way, or have a model fitted that has not been yet."""
    actor, asked = current_actor(), read(search)
    going = jobs.newest_open(actor, (FIT, EVALUATION))
    if going is not None:
        return str(going.id)
    if not views.to_be_fitted(actor, asked, _now()):
        return no_update
    try:
        return str(jobs.start(actor, FIT, {"model": asked.model, "horizon_days": asked.horizon_days}))
    except jobs.TooMany:
        return no_update


@guarded(
    Output(ids.FORECAST_JOB, "data", allow_duplicate=True),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.FORECAST_RUN, "n_clicks"),
    State(ids.FORECAST_ORIGINS, "value"),
    State(ids.URL, "search"),
    prevent_initial_call=True,
    permission=EVALUATE,
)
def run_evaluation(clicks: int | None, origins: Any, search: Any) -> Any:
    """Have all models scored at the horizon on the screen; one evaluation at a time."""
    if not clicks or str(origins) not in map(str, ORIGINS):
        raise PreventUpdate
    actor = current_actor()
    going = jobs.newest_open(actor, (EVALUATION,))
    if going is not None:
        return str(going.id), no_update
    params = {"horizon_days": read(search).horizon_days, "origins": int(origins)}
    try:
        return str(jobs.start(actor, EVALUATION, params)), no_update
    except jobs.TooMany:
        return no_update, toast(
            _("Three jobs of yours are under way already. Wait for one, or cancel it."), kind="warn"
        )


@guarded(
    Output(ids.FORECAST_JOB_PANEL, "children"),
    Output(ids.FORECAST_JOB_POLL, "disabled"),
    Output(ids.FORECAST_STORED, "data"),
    Input(ids.FORECAST_JOB, "data"),
    Input(ids.FORECAST_JOB_POLL, "n_intervals"),
    State(ids.FORECAST_STORED, "data"),
    prevent_initial_call=True,
    permission=READ,
)
def watch_forecast_job(job_id: Any, _tick: Any, stored: Any) -> Any:
    """Say how far the work is; what is done is read anew, once."""
    if not isinstance(job_id, str) or not job_id:
        return None, True, no_update
    try:
        status = jobs.status(current_actor(), job_id)
    except jobs.NoSuchJob:
        return None, True, no_update
    news = job_id if status.state == "done" and stored != job_id else no_update
    return job_panel(status), not status.open, news


@guarded(
    Output(ids.FORECAST_JOB_PANEL, "children", allow_duplicate=True),
    Input(ids.FORECAST_JOB_CANCEL, "n_clicks"),
    State(ids.FORECAST_JOB, "data"),
    prevent_initial_call=True,
    permission=READ,
)
def cancel_forecast_job(clicks: int | None, job_id: Any) -> Any:
    """End the work at its next step."""
    if not clicks or not isinstance(job_id, str):
        raise PreventUpdate
    actor = current_actor()
    try:
        jobs.cancel(actor, job_id)
        return job_panel(jobs.status(actor, job_id))
    except jobs.NoSuchJob:
        return None
