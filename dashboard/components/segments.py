"""One of a few: buttons side by side, of which one is pressed.

`dcc.RadioItems` 4.4 puts inputs inside options of a listbox, which a screen reader cannot use; assets/js/charts.js
writes the choice into the store.
"""

from __future__ import annotations

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component


def segments(*, id: str, words: Mapping[str, str], chosen: str, label: str) -> Component:
    """Give the control; its value is the `data` of the store `id`."""
    return html.Div(
        [
            *(
                html.Button(
                    word,
                    type="button",
                    className="hi-segments__item",
                    **{"data-value": value, "aria-pressed": "true" if value == chosen else "false"},
                )
                for value, word in words.items()
            ),
            dcc.Store(id=id, data=chosen),
        ],
        className="hi-segments",
        role="group",
        **{"aria-label": label, "data-store": id},
    )
