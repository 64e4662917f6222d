"""The machine page: live values, charts, and the way of an order from the button to the reading that proves it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from core.access import Permission
from dashboard import ids
from dashboard.auth import current_actor
from dashboard.components import command_dialog as dialog
from dashboard.components import figures
from dashboard.components.toast import toast
from dashboard.components.vocabulary import action_word
from dashboard.i18n import _
from dashboard.registry import guarded
from dashboard.views import machine as views
from services import commands
from services.commands import CommandRefused

OWN = Permission.OWN_MACHINES_READ


@guarded(
    Output(ids.MACHINE_BANNER, "children"),
    Output(ids.MACHINE_VALUES, "children"),
    Output(ids.MACHINE_IDENTITY, "children"),
    Output(ids.MACHINE_BOARDS, "children"),
    Output(ids.MACHINE_EVENTS, "children"),
    Input(ids.DATA_VERSION, "data"),
    State(ids.MACHINE_KEY, "data"),
    permission=OWN,
    prevent_initial_call=True,
)
def refresh_machine(_version: Any, key: Any) -> tuple[Any, ...]:
    """Bring the newest reading."""
    page = views.page(current_actor(), views.miner_key(key))
    return page.banner, page.values, page.identity, page.boards, page.events


@guarded(
    Output(ids.MACHINE_OPERATIONS, "children"),
    Output(ids.MACHINE_ACTIONS, "children"),
    Output(ids.COMMAND_POLL, "disabled"),
    Input(ids.DATA_VERSION, "data"),
    Input(ids.COMMAND_POLL, "n_intervals"),
    Input(ids.COMMAND_DIALOG, "is_open"),
    State(ids.MACHINE_KEY, "data"),
    State(ids.COMMAND_POLL, "disabled"),
    permission=OWN,
    prevent_initial_call=True,
)
def follow_commands(_version: Any, _tick: Any, _open: Any, key: Any, was_idle: bool) -> tuple[Any, Any, bool]:
    """Bring how far the orders came: each second while one is on its way.

    The buttons are only drawn anew when an order came or went: one that is replaced under a finger is not pressed.
    """
    operations, buttons, busy = views.operations_now(current_actor(), views.miner_key(key))
    return operations, no_update if busy is not was_idle else buttons, not busy


@guarded(
    Output(ids.chart_part("graph", "machine-hashrate"), "figure"),
    Output(ids.chart_part("graph", "machine-power"), "figure"),
    Output(ids.chart_part("graph", "machine-temperature"), "figure"),
    Output(ids.chart_part("graph", "machine-board-hashrate"), "figure"),
    Output(ids.chart_part("graph", "machine-board-temperature"), "figure"),
    Output(ids.MACHINE_DRAWN, "data"),
    Input(ids.DATA_VERSION, "data"),
    Input(ids.MACHINE_RANGE, "data"),
    Input(ids.MACHINE_KEY, "data"),
    State(ids.MACHINE_DRAWN, "data"),
    permission=OWN,
)
def refresh_machine_charts(_version: Any, window: str, key: Any, drawn: Any) -> list[Any]:
    """Draw the charts, or only move their lines where the same ones stand there already."""
    made = views.charts(current_actor(), views.miner_key(key), window, dt.datetime.now(dt.UTC))
    return figures.drawn_or_moved(made, f"{key}:{window}", drawn)


@guarded(
    Output(ids.MACHINE_RAW, "children"),
    Input(ids.MACHINE_RAW_SHOW, "n_clicks"),
    State(ids.MACHINE_KEY, "data"),
    permission=OWN,
    prevent_initial_call=True,
)
def show_raw_reply(clicks: int, key: Any) -> Any:
    """Bring the last reply as it came."""
    if not clicks:
        raise PreventUpdate
    return views.raw_reply(current_actor(), views.miner_key(key))


@guarded(
    Output(ids.COMMAND_DIALOG, "is_open"),
    Output(ids.COMMAND_TITLE, "children"),
    Output(ids.COMMAND_EFFECT, "children"),
    Output(ids.COMMAND_CONFIRM, "children"),
    Output(ids.COMMAND_ORDER, "data"),
    Input(ids.machine_action(ALL), "n_clicks"),
    State(ids.MACHINE_KEY, "data"),
    permission=Permission.COMMAND,
    prevent_initial_call=True,
)
def preview_command(clicks: list[int], key: Any) -> tuple[Any, ...]:
    """Open the dialog with what would happen; the order's key is made here, so that two clicks are one order."""
    if not any(clicks) or not isinstance(ctx.triggered_id, dict):
        raise PreventUpdate
    preview = commands.preview(current_actor(), views.miner_key(key), str(ctx.triggered_id.get("action")))
    order = {"miner": preview.miner_id, "action": preview.action.value, "key": uuid.uuid4().hex}
    title = f"{action_word(preview.action.value)} · {preview.asset_id}"
    return True, title, dialog.effect(preview), dialog.confirm_words(preview), order


@guarded(
    Output(ids.COMMAND_DIALOG, "is_open", allow_duplicate=True),
    Output(ids.TOASTS, "data", allow_duplicate=True),
    Input(ids.COMMAND_CONFIRM, "n_clicks"),
    State(ids.COMMAND_ORDER, "data"),
    permission=Permission.COMMAND,
    prevent_initial_call=True,
)
def give_command(clicks: int, order: Any) -> tuple[Any, Any]:
    """Give the order of the dialog."""
    if not clicks or not isinstance(order, dict):
        raise PreventUpdate
    try:
        commands.command_miner(
            current_actor(), views.miner_key(order.get("miner")), str(order.get("action")), str(order.get("key"))
        )
    except CommandRefused as refused:
        return False, toast(dialog.refusal_words(refused.reason), kind="bad")
    return False, toast(_("Order given. Its progress stands under Operations."), kind="good")


@guarded(
    Output(ids.COMMAND_DIALOG, "is_open", allow_duplicate=True),
    Input(ids.COMMAND_CANCEL, "n_clicks"),
    permission=Permission.SHELL,
    prevent_initial_call=True,
)
def leave_dialog(clicks: int) -> Any:
    """Close the dialog without an order."""
    return False if clicks else no_update
