"""What the forecasts page shows for one address: series, model and horizon stand in it and nowhere else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from core.access import Actor, Permission, require
from core.forecasting import MODELS, Verdict
from dashboard import formats
from dashboard.components import figures
from dashboard.components import forecast_parts as parts
from dashboard.components.figures import Figure, Line
from dashboard.components.forecast_figures import by_day
from dashboard.components.forecast_words import FIRST, SERIES, Asked, day, reason, search_of
from dashboard.i18n import _
from dashboard.views.forecast_series import ANSWERS, Answer
from services import forecasts
from services.forecasts import HORIZONS_DAYS, Missing, Scores

LEAST_SKILL_SPAN, LEAST_COVERAGE_SPAN = 4.0, 30.0  # [%]


def controls(actor: Actor, asked: Asked) -> list[Component]:
    """Give what can be looked at, and beside every model its record at this horizon."""
    words = {"price": _("Price"), "difficulty": _("Difficulty"), "hashprice": _("Hashprice")}
    series = [(words[key], search_of(replace(asked, series=key)), key == asked.series) for key in SERIES]
    years = {365: _("1 y"), 730: _("2 y")}
    horizons = [
        (
            years.get(days) or _("{n} d", n=days),
            search_of(replace(asked, horizon_days=days)),
            days == asked.horizon_days,
        )
        for days in HORIZONS_DAYS
    ]
    found = [
        parts.choices(label=_("What"), items=series),
        parts.choices(label=_("How far ahead"), items=horizons),
    ]
    if asked.series == "difficulty":
        method = _(
            "The next change comes from the pace of this epoch's blocks and what is usual; from there on half the mean of"
            " the last 26 changes and half of 1 % an epoch."
        )
        return [*found, html.P(method, className="hi-forecast__told")]
    measured = forecasts.scores(actor, asked.horizon_days)
    cards = [
        parts.model_card(
            title=_(model.title),
            note=_(model.note),
            score=measured.models.get(name) if measured else None,
            first=name == FIRST,
            search=search_of(replace(asked, model=name)),
            here=name == asked.model,
        )
        for name, model in MODELS.items()
    ]
    label = _("Price model")
    models = html.Div(
        [html.H2(label, className="hi-forecast__label"), *cards],
        className="hi-forecast__models",
        role="group",
        **{"aria-label": label},
    )
    return [*found, models, html.P(_measured(measured), className="hi-forecast__told")]


def verdict(actor: Actor, asked: Asked) -> Component | None:
    """Say plainly whether a model beats no change at this horizon."""
    if asked.series == "difficulty":
        return None
    found = forecasts.scores(actor, asked.horizon_days)
    if found is None:
        return parts.said(
            _("Nobody has measured the models {n} days ahead yet.", n=asked.horizon_days),
            more=_("Run the evaluation below; it is also done at night."),
        )
    title = _(MODELS[found.best].title) if found.best in MODELS else str(found.best)
    sentence = _(found.verdict.value, model=title) if found.verdict is Verdict.SOME_MODEL else _(found.verdict.value)
    more = _(
        "{n} days ahead, {origins} forecasts from {first} to {last}.",
        n=found.horizon_days,
        origins=formats.integer(found.origins),
        first=day(found.first_origin_at),
        last=day(found.last_origin_at),
    )
    return parts.said(sentence, symbol="check" if found.verdict is Verdict.SOME_MODEL else "info", more=more)


def answer(actor: Actor, asked: Asked, site: str | None, now: dt.datetime) -> Answer:
    """Give the chart with its facts, or the reason why there is none."""
    require(actor, Permission.FORECASTS_READ)
    return ANSWERS[asked.series](actor, asked, site, now)


def scores(actor: Actor, asked: Asked) -> tuple[Component, Figure, Figure] | None:
    """Give the newest evaluation as a table, and by the day ahead the skill of all and the coverage of the chosen one."""
    found = forecasts.scores(actor, asked.horizon_days)
    if found is None:
        return None
    return _score_table(found, asked), _skill_figure(found), _coverage_figure(found, asked)


def unmeasured() -> Component:
    """Say that there is no evaluation."""
    return html.P(_measured(None), className="hi-forecast__told")


def why_not_evaluable(actor: Actor, asked: Asked, now: dt.datetime) -> str:
    """Say what keeps an evaluation from being made; nothing where it can be."""
    missing = forecasts.evaluable(actor, asked.horizon_days, now)
    return reason(missing, asked) if missing else ""


def to_be_fitted(actor: Actor, asked: Asked, now: dt.datetime) -> bool:
    """Tell whether the model on the screen waits for its first fit."""
    if asked.series == "difficulty":
        return False
    return forecasts.price(actor, asked.model, asked.horizon_days, now) == Missing("not_fitted")


def _score_table(found: Scores, asked: Asked) -> Component:
    headings = [
        _("Model"), _("Mean error"), _("Skill against no change"), _("Luck alone (p)"), _("Inside 80 %"), _("Inside 95 %"),
    ]  # fmt: skip
    rows = [
        [
            _(MODELS[name].title),
            formats.percent(score.mae),
            parts.signed(score.skill) if name != FIRST else formats.DASH,
            formats.decimal(score.p_value, 2) if score.p_value is not None else formats.DASH,
            formats.percent(score.coverage80),
            formats.percent(score.coverage95),
        ]
        for name, score in _in_order(found)
    ]
    caption = _("Record of the models, {n} days ahead", n=found.horizon_days)
    return parts.table(caption=caption, headings=headings, rows=rows, marked=_(MODELS[asked.model].title))


def _skill_figure(found: Scores) -> Figure:
    places = list(MODELS)
    lines = [
        Line(_(MODELS[name].title), score.steps["skill"].to_numpy() * 100, places.index(name) - 1)
        for name, score in _in_order(found)
        if name != FIRST
    ]
    return by_day(
        title=_("Skill by the day ahead"),
        unit="%",
        day_title=_("Days ahead"),
        lines=lines,
        targets=[0.0],
        least_span=LEAST_SKILL_SPAN,
    )


def _coverage_figure(found: Scores, asked: Asked) -> Figure:
    score = found.models.get(asked.model)
    if score is None:
        return figures.words(_("Nothing has been measured at this horizon yet."))
    lines = [
        Line(_("{level} % range", level=level), score.steps[f"coverage{level}"].to_numpy() * 100, color)
        for level, color in ((80, 0), (95, 1))
    ]
    return by_day(
        title=_("Share inside the ranges by the day ahead"),
        unit="%",
        day_title=_("Days ahead"),
        lines=lines,
        targets=[80.0, 95.0],
        least_span=LEAST_COVERAGE_SPAN,
        top=101.0,
    )


def _in_order(found: Scores) -> list[tuple[str, forecasts.Score]]:
    return [(name, found.models[name]) for name in MODELS if name in found.models]


def _measured(found: Scores | None) -> str:
    if found is None:
        return _("No evaluation is stored at this horizon.")
    return _(
        "Skill is the error saved against no change. Measured {day} on {origins} forecasts.",
        day=day(found.evaluated_at),
        origins=formats.integer(found.origins),
    )
