"""The words for the codes that core and services give: states, alerts, errors, orders."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dashboard.i18n import _


def state_word(state: str | None, mode: str | None = None) -> str:
    """Name a machine's state; one that answers and sleeps is sleeping."""
    if mode in ("sleeping", "starting") and state in ("online", "stale"):
        state = mode
    known = {
        "online": _("online"),
        "stale": _("stale"),
        "offline": _("offline"),
        "lost": _("lost"),
        "sleeping": _("sleeping"),
        "starting": _("starting"),
    }
    return known.get(state or "", _("never seen"))


def lifecycle_word(lifecycle: str) -> str:
    """Name where a machine is in its life."""
    known = {"new": _("new"), "active": _("active"), "repair": _("in repair"), "retired": _("retired")}
    return known.get(lifecycle, lifecycle)


def alert_word(kind: str) -> str:
    """Name an alert."""
    known = {
        "offline": _("No answer"),
        "board_lost": _("Board lost"),
        "overheating": _("Overheating"),
        "fan_failed": _("Fan failed"),
        "hashrate_low": _("Hashrate low"),
        "rejects_high": _("Many rejects"),
        "pool_dead": _("Pool dead"),
    }
    return known.get(kind, kind)


def error_word(error: str | None) -> str:
    """Name why a machine was not read."""
    known = {
        "refused": _("connection refused"),
        "unreachable": _("unreachable"),
        "timeout": _("no answer in time"),
        "cut": _("answer cut off"),
        "oversized": _("answer too large"),
        "unreadable": _("answer unreadable"),
    }
    return known.get(error or "", error or _("no answer"))


def action_word(action: str) -> str:
    """Name an order."""
    return {"start": _("Start"), "stop": _("Stop"), "reboot": _("Reboot")}.get(action, action)


def command_state_word(state: str) -> str:
    """Name how far a command came."""
    known = {
        "queued": _("queued"),
        "sending": _("sending"),
        "sent": _("sent"),
        "confirmed": _("confirmed"),
        "failed": _("failed"),
        "expired": _("expired"),
    }
    return known.get(state, state)


def source_word(source: str | None) -> str:
    """Name where a figure comes from."""
    known = {
        "meter": _("meter"),
        "device": _("the machine's own word"),
        "custom": _("custom value"),
        "nameplate": _("data sheet, scaled by its hashrate"),
        "catalogue": _("model catalogue"),
    }
    return known.get(source or "", _("source unknown"))


def event_words(kind: str, payload: dict[str, Any]) -> tuple[str, str]:
    """Say an event in a sentence, and its tone: good, bad, warn, info."""
    part, _dot, what = kind.partition(".")
    if part == "command":
        return _command_event(what, payload)
    if part == "alert":
        word = alert_word(str(payload.get("alert", "")))
        return (word, "bad") if what == "opened" else (_("%s: over") % word, "good")
    if kind == "miner.state_changed":
        return _state_event(payload)
    if kind == "miner.restarted":
        return _("Restarted"), "warn"
    if kind == "miner.mode_changed":
        return _("Is now %s") % state_word("online", str(payload.get("to"))), "info"
    if kind == "miner.identity_changed":
        field = {"firmware": _("Firmware"), "mac": "MAC", "model": _("Model"), "pool_url": _("Pool")}
        name = field.get(str(payload.get("field")), str(payload.get("field")))
        return f"{name}: {payload.get('from')} → {payload.get('to')}", "info"
    return kind, "info"


def _state_event(payload: dict[str, Any]) -> tuple[str, str]:
    known = {
        "online": (_("Came back online"), "good"),
        "stale": (_("Readings are late"), "warn"),
        "offline": (_("Went offline: %s") % error_word(payload.get("error")), "bad"),
        "lost": (_("Counts as lost"), "bad"),
    }
    return known.get(str(payload.get("to")), (str(payload.get("to")), "info"))


def _command_event(what: str, payload: dict[str, Any]) -> tuple[str, str]:
    known = {
        "requested": (_("%s ordered"), "info"),
        "sent": (_("%s sent"), "info"),
        "confirmed": (_("%s confirmed by a reading"), "good"),
        "failed": (_("%s failed"), "bad"),
        "expired": (_("%s not confirmed in time"), "bad"),
    }
    sentence, tone = known.get(what, ("%s", "info"))
    said = sentence % action_word(str(payload.get("action")))
    if what == "expired":
        said += ". " + _("The machine is %s") % state_word(payload.get("machine_state"), payload.get("mode"))
    if payload.get("error"):
        said += f": {payload['error']}"
    return said, tone


def age_s(moment: dt.datetime | None, now: dt.datetime) -> float | None:
    """Give how old a moment is [s]."""
    return None if moment is None else max(0.0, (now - moment).total_seconds())
