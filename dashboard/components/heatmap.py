"""The heat map of a site: one cell a machine, drawn on a canvas by assets/js/heatmap.js, because 6,000 elements would
cost the browser a second and the network a megabyte.

The plan (who stands where) is sent once, the values with every data version: three bytes a machine.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import formats, ids
from dashboard.components.segments import segments
from dashboard.i18n import _

ABSENT = 255
STATES = ("online", "stale", "offline", "lost", "sleeping")
SHARE_STEP = 0.005  # 200 is 100 %, 254 is 127 %


def heat_map() -> Component:
    """Give the panel; the stores beside it bring the plan and the values."""
    return html.Section(
        [
            html.Div(
                [
                    html.H2(_("Machines by rack"), className="hi-panel__title"),
                    segments(
                        id=ids.FARM_HEAT_MEASURE,
                        words={"share": _("Hashrate, % of expected"), "temp": _("Temperature")},
                        chosen="share",
                        label=_("What the colours show"),
                    ),
                ],
                className="hi-chartbar",
            ),
            html.Div(
                id=ids.FARM_HEAT,
                className="hi-heat",
                tabIndex="0",
                role="application",
                **{
                    "aria-label": _("Heat map of machines. Arrow keys move, Enter opens a machine."),
                    "aria-describedby": ids.FARM_HEAT_SAYS,
                    "data-words": _words(),
                },
            ),
            html.Div(id=ids.FARM_HEAT_SAYS, className="hi-heat__says", **{"aria-live": "polite"}),
            html.Div(id=ids.FARM_HEAT_LEGEND, className="hi-heat__legend", **{"aria-hidden": "true"}),
            html.Button(
                _("Show as table"), id=ids.FARM_HEAT_AS_TABLE, n_clicks=0, type="button", className="hi-heat__as-table"
            ),
            html.Div(id=ids.FARM_HEAT_TABLE),
            dcc.Store(id=ids.FARM_HEAT_PLAN),
            dcc.Store(id=ids.FARM_HEAT_VALUES),
            dcc.Store(id=ids.FARM_HEAT_DRAWN),
        ],
        className="hi-panel hi-farm__heat",
    )


def plan(cells: pd.DataFrame) -> dict[str, Any]:
    """Give who stands where: sites, their racks, and for each rack its machines in order of position."""
    if cells.empty:
        return {"sites": [], "ids": "", "positions": "", "names": []}
    sites = []
    racks = cells.groupby(["site", "site_name", "rack"], sort=False).size()
    for (site, name), group in racks.groupby(level=["site", "site_name"], sort=False):
        counts = [[rack, int(count)] for (_s, _n, rack), count in group.items()]
        sites.append({"code": site, "name": name, "racks": counts})
    return {
        "sites": sites,
        "ids": _bytes(cells["id"].to_numpy(dtype="<i4")),
        "positions": _bytes(cells["position"].clip(0, 65_535).to_numpy(dtype="<u2")),
        "names": cells["asset_id"].tolist(),
    }


def values(cells: pd.DataFrame) -> dict[str, str]:
    """Give state, share of expected hashrate and temperature of every machine, a byte each, in the plan's order."""
    state = cells["state"].where(~((cells["mode"] == "sleeping") & cells["state"].isin(STATES[:2])), "sleeping")
    codes = state.map({name: code for code, name in enumerate(STATES)}).fillna(STATES.index("lost"))
    return {
        "state": _bytes(codes.to_numpy(dtype="u1")),
        "share": _bytes(_byte(cells["share"].to_numpy(dtype=float) / SHARE_STEP)),
        "temp": _bytes(_byte(cells["temp_c"].to_numpy(dtype=float))),
    }


def rack_table(cells: pd.DataFrame) -> Component:
    """Give the same by rack in words and numbers: what a screen reader gets."""
    there = cells["state"].isin(STATES[:2])
    racks = (
        cells.assign(there=there, share=cells["share"].where(there), temp_c=cells["temp_c"].where(there))
        .groupby(["site_name", "rack"], sort=False)
        .agg(machines=("id", "size"), online=("there", "sum"), share=("share", "mean"), temp=("temp_c", "max"))
    )
    heads = (_("Site"), _("Rack"), _("Machines"), _("Answering"), _("Hashrate, % of expected"), _("Hottest"))
    return html.Div(
        html.Table(
            [
                html.Caption(_("Machines by rack"), className="hi-visually-hidden"),
                html.Thead(
                    html.Tr(
                        [
                            html.Th(head, scope="col", className="hi-num" if n > 1 else "")
                            for n, head in enumerate(heads)
                        ]
                    )
                ),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Td(site),
                                html.Th(rack or "–", scope="row"),
                                html.Td(formats.integer(row.machines), className="hi-num"),
                                html.Td(formats.integer(row.online), className="hi-num"),
                                html.Td(formats.percent(_none(row.share)), className="hi-num"),
                                html.Td(formats.temperature(_none(row.temp)), className="hi-num"),
                            ]
                        )
                        for (site, rack), row in zip(racks.index, racks.itertuples(), strict=True)
                    ]
                ),
            ],
            className="hi-table",
        ),
        className="hi-chart__rows",
        tabIndex="0",
        role="region",
        **{"aria-label": _("Machines by rack")},
    )


def _words() -> str:
    """Give the words that the drawing says itself, in the reader's language; parted by a bar."""
    return "|".join(
        (
            _("online"),
            _("stale"),
            _("offline"),
            _("lost"),
            _("sleeping"),
            _("of expected"),
            _("Rack"),
            _("position"),
            _("no reading"),
        )
    )


def _byte(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    return np.where(np.isfinite(numbers), np.clip(np.round(numbers), 0, ABSENT - 1), ABSENT).astype("u1")


def _bytes(numbers: npt.NDArray[Any]) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


def _none(value: float) -> float | None:
    return None if value != value else float(value)
