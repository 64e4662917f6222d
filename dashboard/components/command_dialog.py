"""Orders to a machine: the buttons, and the dialog that says what an order would do before anybody gives it."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.hosting.commands import Action
from dashboard import formats, ids
from dashboard.components.vocabulary import action_word
from dashboard.i18n import _
from services.commands import Preview, Refusal

KW_IN_W = 1e-3


def command_buttons(*, refused: str | None) -> Component:
    """Give the buttons; `refused` says why this person or this machine cannot use them."""
    return html.Div(
        [
            html.Button(
                action_word(action.value),
                id=ids.machine_action(action.value),
                n_clicks=0,
                type="button",
                className="hi-button",
                disabled=refused is not None,
                title=refused or "",
            )
            for action in Action
        ],
        className="hi-machine__actions",
        role="group",
        **{"aria-label": _("Orders to this machine")},
    )


def command_dialog() -> Component:
    """Give the dialog, closed. What it orders stands in the store that was filled when it opened."""
    return html.Div(
        [
            dcc.Store(id=ids.COMMAND_ORDER),
            dbc.Modal(
                [
                    dbc.ModalHeader(dbc.ModalTitle("", id=ids.COMMAND_TITLE), close_button=False),
                    dbc.ModalBody(id=ids.COMMAND_EFFECT),
                    dbc.ModalFooter(
                        [
                            html.Button(
                                _("Cancel"), id=ids.COMMAND_CANCEL, n_clicks=0, type="button", className="hi-button"
                            ),
                            html.Button(
                                "",
                                id=ids.COMMAND_CONFIRM,
                                n_clicks=0,
                                type="button",
                                className="hi-button hi-button--danger",
                            ),
                        ]
                    ),
                ],
                id=ids.COMMAND_DIALOG,
                is_open=False,
                fade=False,
                centered=True,
                className="hi-order",
                labelledBy=ids.COMMAND_TITLE,
            ),
        ]
    )


def effect(preview: Preview) -> Component:
    """Say what the order would do: to which machine, for how much power, hashrate and money."""
    sentences = {
        Action.STOP: _("The machine stops hashing until somebody starts it again."),
        Action.START: _("The machine starts hashing; its boards ramp up over some minutes."),
        Action.REBOOT: _("The machine restarts and hashes nothing for some minutes."),
    }
    rows = [
        (_("Machine"), f"{preview.asset_id} · {preview.site}"),
        (_("Power"), power_words(preview)),
        (_("Hashrate"), hashrate_words(preview)),
        (_("Earnings"), money_words(preview)),
    ]
    return html.Div(
        [
            html.P(sentences[preview.action]),
            html.Dl([part for name, value in rows for part in (html.Dt(name), html.Dd(value))], className="hi-facts"),
        ]
    )


def power_words(preview: Preview) -> str:
    """Say what the order does to the power drawn."""
    if preview.action is Action.START:
        return _("about %s more, by its data sheet") % formats.power(preview.nameplate_w)
    return _("%s less") % formats.power(preview.power_w)


def hashrate_words(preview: Preview) -> str:
    """Say what the order does to the hashrate."""
    if preview.action is Action.START:
        return _("up to what the machine is made for")
    return _("%s less") % formats.hashrate(preview.hashrate_ths)


def money_words(preview: Preview) -> str:
    """Say what the order costs an hour, or why nobody knows."""
    if preview.action is Action.START:
        return _("what its hashrate earns")
    if preview.usd_per_hour is None:
        return _("not known: no price of bitcoin and difficulty yet")
    return _("%s less an hour") % formats.money(preview.usd_per_hour)


def confirm_words(preview: Preview) -> str:
    """Say on the button what it does and how much: "Stop 1 machine, 3.4 kW"."""
    watts = preview.nameplate_w if preview.action is Action.START else preview.power_w
    sentences = {
        Action.STOP: _("Stop 1 machine, %s"),
        Action.START: _("Start 1 machine, %s"),
        Action.REBOOT: _("Reboot 1 machine, %s"),
    }
    return sentences[preview.action] % formats.power(watts)


def refusal_words(reason: Refusal) -> str:
    """Say why an order is not taken, what is safe and what to do."""
    known = {
        Refusal.UNKNOWN: _("There is no such machine."),
        Refusal.NOT_ACTIVE: _("The machine is not in service, so it is not commanded."),
        Refusal.ALREADY_COMMANDED: _(
            "An order to this machine is still on its way. Wait until it is confirmed or has expired."
        ),
        Refusal.KEY_REUSED: _("This order was given already for something else. Open the dialog again."),
        Refusal.BAD_REQUEST: _("The order could not be read. Open the dialog again."),
    }
    return known[reason]
