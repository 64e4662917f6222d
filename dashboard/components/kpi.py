"""The figures at the top of a page: value, unit, change, the last hour as a line; a click goes to the detail."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.i18n import _


def kpi(
    *,
    label: str,
    value: str,
    unit: str = "",
    change: str | None = None,
    good: bool | None = None,
    spark: Iterable[float] = (),
    href: str,
    explained: str,
) -> Component:
    """Give one tile. `good` colours the change; `explained` is what the value is made of, and why it is absent."""
    tone = {True: " hi-tone-good", False: " hi-tone-bad", None: ""}[good]
    return dcc.Link(
        [
            html.Div(label, className="hi-kpi__label"),
            html.Div(
                [html.Span(value, className="hi-kpi__value"), html.Span(unit, className="hi-kpi__unit")],
                className="hi-kpi__number",
            ),
            html.Div(
                change if change is not None else _("no comparison yet"),
                className="hi-kpi__change" + (tone if change is not None else ""),
            ),
            html.Div(className="hi-spark", **{"data-values": spark_values(spark)}),
        ],
        href=href,
        className="hi-kpi",
        title=explained,
    )


def kpi_skeletons(count: int) -> list[Component]:
    """Give empty tiles of the same size, for the moment before the first answer."""
    return [html.Div(className="hi-kpi hi-kpi--empty", **{"aria-hidden": "true"}) for _number in range(count)]


def spark_values(values: Iterable[float]) -> str:
    """Write the points of a sparkline: seven figures each, nothing where there is none."""
    return ",".join(f"{value:.7g}" if np.isfinite(value) else "" for value in values)


def value_and_unit(text: str) -> tuple[str, str]:
    """Split "842.3 PH/s" at its last space; a text without one has no unit."""
    value, _space, unit = text.rpartition(" ")
    return (value, unit) if value else (unit, "")
