"""Parts of the forecasts page: what to look at, the facts above the chart, the record of the models, a job on its way."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import formats, ids
from dashboard.components.icons import icon
from dashboard.i18n import _
from services.forecasts import Score
from services.jobs import Status


def choices(*, label: str, items: Sequence[tuple[str, str, bool]]) -> Component:
    """Give buttons side by side, each with the address that it leads to; one of them is where we are."""
    buttons = [
        html.Button(
            word,
            type="button",
            className="hi-forecast__choice",
            **{"data-search": search, "aria-pressed": "true" if here else "false"},
        )
        for word, search, here in items
    ]
    return html.Div(
        [html.H2(label, className="hi-forecast__label"), html.Div(buttons, className="hi-forecast__choices")],
        role="group",
        **{"aria-label": label},
    )


def model_card(*, title: str, note: str, score: Score | None, first: bool, search: str, here: bool) -> Component:
    """Give a model with its record; the `first` one is what the others are measured by."""
    return html.Button(
        [
            html.Span(title, className="hi-forecast__model-name"),
            html.Span(note, className="hi-forecast__model-note"),
            *record(score, first=first),
        ],
        type="button",
        className="hi-forecast__model",
        **{"data-search": search, "aria-pressed": "true" if here else "false"},
    )


def record(score: Score | None, *, first: bool) -> list[Component]:
    """Give skill and coverage in two short lines, or that nothing has been measured."""
    if score is None:
        return [html.Span(_("not measured yet"), className="hi-forecast__model-row")]
    skill = _("the measure of the others") if first else _("skill {share}", share=signed(score.skill))
    inside = _(
        "inside 80 %: {inner} · 95 %: {outer}",
        inner=formats.percent(score.coverage80, 0),
        outer=formats.percent(score.coverage95, 0),
    )
    return [
        html.Span(skill, className="hi-forecast__model-row hi-forecast__model-skill"),
        html.Span(inside, className="hi-forecast__model-row"),
    ]


def fact(*, label: str, value: str, unit: str = "", note: str, explained: str = "", old: bool = False) -> Component:
    """Give one figure above the chart; `old` marks what is too old for its kind."""
    return html.Div(
        [
            html.Div(label, className="hi-kpi__label"),
            html.Div(
                [html.Span(value, className="hi-kpi__value"), html.Span(unit, className="hi-kpi__unit")],
                className="hi-kpi__number",
            ),
            html.Div(
                [icon("stale") if old else None, note], className="hi-forecast__note" + (" hi-tone-warn" if old else "")
            ),
        ],
        className="hi-forecast__fact",
        title=explained,
    )


def fact_skeletons(count: int) -> list[Component]:
    """Give empty figures of the same size, for the moment before the first answer."""
    return [html.Div(className="hi-forecast__fact", **{"aria-hidden": "true"}) for _number in range(count)]


def table(*, caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]], marked: str = "") -> Component:
    """Give rows whose first cell names them; the row called `marked` is the one on the chart."""
    head = [
        html.Th(headings[0], scope="col"),
        *(html.Th(word, scope="col", className="hi-num") for word in headings[1:]),
    ]
    body = [
        html.Tr(
            [html.Th(first, scope="row"), *(html.Td(cell, className="hi-num hi-nowrap") for cell in cells)],
            className="is-marked" if first == marked else None,
        )
        for first, *cells in rows
    ]
    return html.Div(
        html.Table(
            [html.Caption(caption, className="hi-visually-hidden"), html.Thead(html.Tr(head)), html.Tbody(body)],
            className="hi-table",
        ),
        className="hi-forecast__rows",
        tabIndex="0",
        role="region",
        **{"aria-label": caption},
    )


def said(words: str, *, symbol: str = "info", more: str = "") -> Component:
    """Give a sentence that must be read, and what it rests on."""
    return html.Div(
        [icon(symbol), html.Strong(words), html.Span(more) if more else None], className="hi-forecast__verdict"
    )


def job_panel(status: Status | None) -> Component | None:
    """Say how far a fit or an evaluation is; with its cancel or its reason."""
    if status is None or (status.kind == "forecast_fit" and status.state == "done"):
        return None
    evaluation = status.kind == "forecast_evaluation"
    if status.open:
        share = formats.percent(status.progress, 0)
        words = (
            _("Scoring the models: {share}", share=share)
            if evaluation
            else _("Fitting the model: {share}", share=share)
        )
        if status.cancelling:
            words = _("Ending the work")
        elif status.state == "queued":
            words = _("The work waits for its turn")
        inside: list[Component] = [
            html.Span(words, className="hi-job__words"),
            html.Progress(
                value=str(round(status.progress, 3)), max="1", className="hi-job__bar", **{"aria-label": words}
            ),
            html.Button(
                _("Cancel"), id=ids.FORECAST_JOB_CANCEL, type="button", className="hi-button",
                disabled=status.cancelling,
            ),
        ]  # fmt: skip
    else:
        ends = {
            "done": _("The evaluation is stored; its scores stand below."),
            "cancelled": _("Cancelled. What was there before still stands."),
            "failed": _("It failed, and nothing was changed. Try it again."),
        }
        lost = _("Its worker was lost three times. Nothing was changed; try it again.")
        words = lost if status.error == "worker_lost" else ends[status.state]
        inside = [html.Span(words, className="hi-job__words")]
    return html.Div(inside, className=f"hi-job__box hi-job__box--{status.state}")


def signed(share: float, digits: int = 1) -> str:
    """Give a share in per cent with its sign."""
    rounded = round(share, digits + 2)
    return f"{'+' if rounded > 0 else '−' if rounded < 0 else '±'}{formats.percent(abs(rounded), digits)}"
