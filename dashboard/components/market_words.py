"""The market in words: its sources, what they give, what became of their quotes, and what ails them."""

from __future__ import annotations

import re

from core.market.refusals import Refusal
from dashboard.i18n import _, n_

# Names of their own, the same in every language.
NAMES = {
    "coinbase": "Coinbase",
    "kraken": "Kraken",
    "binance": "Binance",
    "okx": "OKX",
    "coingecko": "CoinGecko",
    "mempool_space": "mempool.space",
    "blockchain_info": "Blockchain.info",
}
FILE = "file:"


def source_name(source: str | None, voices: int = 0) -> str:
    """Give the name of a source; `voices` is how many a median rests on."""
    if source is None:
        return _("no source")
    if source == "consensus":
        return (
            n_("median of {n} exchange", "median of {n} exchanges", voices) if voices else _("median of the exchanges")
        )
    if source.startswith(FILE):
        return _("imported file {name}", name=source.removeprefix(FILE))
    return NAMES.get(source, source)


def price_words() -> dict[str, str]:
    """Name the columns of a bar."""
    return {
        "open": _("Opening price"),
        "high": _("Highest price"),
        "low": _("Lowest price"),
        "close": _("Closing price"),
        "volume": _("Volume"),
    }


def gives_word(part: str) -> str:
    """Give what a source can tell."""
    return {
        "spot": _("price"),
        "candles": _("price history"),
        "network": _("network"),
        "epochs": _("difficulty history"),
    }[part]


def verdict_words(verdict: str | None, exchange: bool) -> tuple[str, str, str]:
    """Give word, reason and tone of what the last vote made of a quote."""
    known = {
        "used": (_("counted"), _("Its quote is part of the price."), "good"),
        "spare": (
            _("in reserve"),
            _("Fresh; fewer exchanges spoke than a median needs, and another was preferred.")
            if exchange
            else _("An average of others: it has no vote and is taken when no exchange can be."),
            "muted",
        ),
        "unpriced": (_("left out"), _("Its price is in USDT, and nobody told what a USDT costs."), "warn"),
        "stale": (_("dropped"), _("Its quote is too old."), "warn"),
        "future": (_("dropped"), _("Its quote is dated in the future."), "warn"),
        "outlier": (_("dropped"), _("Its price is too far from the others."), "warn"),
        "unconfirmed": (_("dropped"), _("Its price leaps and nobody confirms it."), "warn"),
    }
    return known.get(str(verdict), (_("no quote"), _("It gave no quote in the last vote."), "bad"))


def breaker_words(breaker: str, failures: int) -> tuple[str, str, str]:
    """Give icon, word and tone of how a source is asked."""
    return {
        "closed": ("online", _("answers"), "good"),
        "failing": ("warning", n_("{n} failure in a row", "{n} failures in a row", failures), "warn"),
        "open": ("sleeping", _("resting"), "bad"),
        "trying": ("starting", _("being tried again"), "warn"),
        "unknown": ("circle", _("not asked yet"), "muted"),
    }[breaker]


def failure_words(kind: str) -> str:
    """Give what kind of failure it was."""
    return {
        "unreachable": _("No connection"),
        "timeout": _("No answer in time"),
        "down": _("It says that it is down"),
        "refused": _("It refused the question"),
        "limited": _("It asks to be left alone: too many questions"),
        "unreadable": _("Its answer could not be read"),
    }.get(kind, kind)


def refusal_words(refusal: Refusal) -> str:
    """Give why a row or a file was refused, in the reader's language."""
    columns = {
        "open": _("opening price"),
        "high": _("highest price"),
        "low": _("lowest price"),
        "close": _("closing price"),
        "volume": _("volume"),
    }
    values = dict(refusal.values)
    if "name" in values:
        values["name"] = columns.get(str(values["name"]), values["name"])
    return _first_upper(_(refusal.reason.value, **values))


def _first_upper(sentence: str) -> str:
    return re.sub(r"^[a-z]", lambda found: found[0].upper(), sentence)
