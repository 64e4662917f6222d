"""The table of rules that come with the product, each as anybody would write it down: adding one is one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.signals.operands import Level, Line, Price
from core.signals.rules import Bias, Composite, Cross, Direction, Divergence, Mode, Rule, Side, Threshold
from core.signals.trades import Plan

SMA50, SMA200 = (Line("sma", params={"length": days}) for days in (50, 200))
RSI = Line("rsi")
MACD, MACD_SIGNAL = Line("macd", "macd"), Line("macd", "signal")
LOWER = Line("bollinger", "lower")


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A rule with its name, and how it is traded to see what it is worth.

    Attributes
    ----------
    name : str
    title, note : str
        English title and one sentence, keys of gettext.
    rule : Rule
        Over daily bars.
    plan : Plan
    """

    name: str
    title: str
    note: str
    rule: Rule
    plan: Plan


BUILT_IN: Mapping[str, BuiltIn] = {
    each.name: each
    for each in (
        BuiltIn(
            "golden_cross", "Golden cross", "The mean of 50 days rises above that of 200; sold when it falls below.",
            Cross(SMA50, Direction.UP, SMA200), Plan(None, Cross(SMA50, Direction.DOWN, SMA200)),
        ),
        BuiltIn(
            "above_200", "Above the 200 days", "The close rises above the mean of 200 days; sold when it falls below.",
            Cross(Price(), Direction.UP, SMA200), Plan(None, Cross(Price(), Direction.DOWN, SMA200)),
        ),
        BuiltIn(
            "macd_cross", "MACD cross", "MACD rises above its signal line; sold when it falls below.",
            Cross(MACD, Direction.UP, MACD_SIGNAL), Plan(None, Cross(MACD, Direction.DOWN, MACD_SIGNAL)),
        ),
        BuiltIn(
            "rsi_oversold", "RSI leaves oversold", "RSI rises above 30; held for 10 days.",
            Cross(RSI, Direction.UP, Level(30.0)), Plan(10),
        ),
        BuiltIn(
            "bollinger_low", "Back inside the Bollinger bands",
            "The close rises above the lower band; held for 10 days.",
            Cross(Price(), Direction.UP, LOWER), Plan(10),
        ),
        BuiltIn(
            "rsi_divergence", "Bullish divergence of the RSI",
            "The price makes a lower low while RSI makes a higher one; held for 20 days.",
            Divergence(RSI, Bias.BULLISH), Plan(20),
        ),
        BuiltIn(
            "pullback", "Pullback in a rise",
            "RSI rises above 40 while the close stands above the mean of 200 days; held for 10 days.",
            Composite(Mode.ALL, (Threshold(Price(), Side.ABOVE, SMA200), Cross(RSI, Direction.UP, Level(40.0)))), Plan(10),
        ),
        BuiltIn(
            "hash_ribbons", "Hash ribbons",
            "The mean hashrate of 30 days rises above that of 60 after miners gave up; held for 60 days.",
            Cross(Line("hash_ribbons", "short"), Direction.UP, Line("hash_ribbons", "long")), Plan(60),
        ),
        BuiltIn(
            "puell_low", "Puell multiple low", "The Puell multiple falls below 0.5; held for 90 days.",
            Cross(Line("puell"), Direction.DOWN, Level(0.5)), Plan(90),
        ),
    )
}  # fmt: skip
