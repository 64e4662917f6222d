"""What stands in the place of rows, and how far an export is."""

from __future__ import annotations

from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from core.hosting.filters import GridQuery
from dashboard import ids
from dashboard.components.grid_bar import search_of
from dashboard.components.icons import icon
from dashboard.formats import integer, percent
from dashboard.i18n import _
from services.jobs import Status

KILOBYTE = 1024


def no_match(query: GridQuery) -> Component:
    """Say that nothing matches, and the way out."""
    if not query.q and not query.filters:
        return html.Div(
            [
                icon("machines"),
                html.H2(_("No machine yet")),
                html.P(_("Machines stand here as soon as they are in the inventory.")),
            ],
            className="hi-empty",
        )
    cleared = search_of(replace(query, q="", filters=(), page=1, view=""))
    return html.Div(
        [
            icon("filter"),
            html.H2(_("No machine matches")),
            html.P(_("All filters together leave none.")),
            html.Button(_("Clear filters"), type="button", className="hi-button", **{"data-search": cleared}),
        ],
        className="hi-empty",
    )


def unreadable() -> Component:
    """Say that the rows could not be read, and that it is tried again."""
    return html.Div(
        [
            icon("warning"),
            html.H2(_("The machines could not be read")),
            html.P(_("Nothing was changed. It is tried again with the next data.")),
        ],
        className="hi-empty",
        role="alert",
    )


def job_panel(status: Status) -> Component | None:
    """Say how far an export is; with its cancel, its file or its reason."""
    if status.state == "done":
        size = integer((status.size or 0) / KILOBYTE)
        inside = [
            html.Span(
                _("The file is ready: {name}, {size} kB", name=status.file_name, size=size), className="hi-job__words"
            ),
            html.A(
                [icon("download"), _("Download")],
                href=f"/jobs/{status.id}/download",
                className="hi-button",
                id="job-download",
            ),
        ]
    elif status.open:
        words = (
            _("Ending the export")
            if status.cancelling
            else _("Writing the file: {share}", share=percent(status.progress, 0))
        )
        if status.state == "queued":
            words = _("The export waits for its turn")
        inside = [
            html.Span(words, className="hi-job__words"),
            html.Progress(
                value=str(round(status.progress, 3)), max="1", className="hi-job__bar", **{"aria-label": words}
            ),
            html.Button(
                _("Cancel export"), id=ids.JOB_CANCEL, type="button", className="hi-button", disabled=status.cancelling
            ),
        ]
    else:
        said = {
            None: _("The export was cancelled. No file was made."),
            "worker_lost": _("The export failed three times with its worker. Nothing was changed; try it again."),
            "not_allowed": _("Your role does not allow this export any more."),
            "failed": _("The export failed. Nothing was changed; try it again."),
        }
        inside = [html.Span(said.get(status.error, said["failed"]), className="hi-job__words")]
    close = html.Button(
        icon("close"), type="button", className="hi-iconbutton", **{"aria-label": _("Close"), "data-closes": "job"}
    )
    return html.Div([*inside, *([] if status.open else [close])], className=f"hi-job__box hi-job__box--{status.state}")
