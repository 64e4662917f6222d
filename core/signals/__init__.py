"""Signals: rules as data over candles and indicators, and the honest record of what trading them would have earned."""

from core.signals.as_json import rule_from_json, rule_to_json
from core.signals.chance import Chance
from core.signals.firing import WARM_UP_BARS, fires
from core.signals.operands import Level, Line, Price
from core.signals.record import Evaluation, Record, evaluate
from core.signals.rules import RULES, Bias, Composite, Cross, Direction, Divergence, Mode, Rule, Side, Threshold
from core.signals.trades import Plan, Positions, PositionSide
from core.signals.walk_forward import Fold, WalkForward, walk_forward

__all__ = [
    "RULES",
    "WARM_UP_BARS",
    "Bias",
    "Chance",
    "Composite",
    "Cross",
    "Direction",
    "Divergence",
    "Evaluation",
    "Fold",
    "Level",
    "Line",
    "Mode",
    "Plan",
    "PositionSide",
    "Positions",
    "Price",
    "Record",
    "Rule",
    "Side",
    "Threshold",
    "WalkForward",
    "evaluate",
    "fires",
    "rule_from_json",
    "rule_to_json",
    "walk_forward",
]
