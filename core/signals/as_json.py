"""Rules to JSON and back. What comes in is anybody's: every key and value is checked, and the nesting is bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any

from core.signals.operands import Level, Line, Price, operand_from_json, operand_to_json
from core.signals.rules import MAX_DEPTH, RULES, Composite, Rule

OPERAND_FIELDS = ("left", "right", "line")


def rule_from_json(value: object, _level: int = 1) -> Rule:
    """Read a rule.

    Parameters
    ----------
    value : object
        For instance ``{"rule": "cross", "left": {"column": "close"}, "direction": "up", "right": {"indicator": "sma",
        "params": {"length": 200}}}``.

    Returns
    -------
    Rule
        ``rule_from_json(rule_to_json(rule)) == rule`` for every rule.

    Raises
    ------
    ValueError
        With a sentence, for anything that is no rule.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is no rule")
    if _level > MAX_DEPTH:
        raise ValueError(f"rules are nested deeper than {MAX_DEPTH}")
    key = value.get("rule")
    kind = RULES.get(key) if isinstance(key, str) else None
    if kind is None:
        raise ValueError(f"there is no rule {key!r}; there are {', '.join(RULES)}")
    given = {name: item for name, item in value.items() if name != "rule"}
    known = {each.name for each in fields(kind)}
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is nothing that a {key} has; it has {', '.join(sorted(known))}")
    for name in OPERAND_FIELDS:
        if name in given:
            given[name] = operand_from_json(given[name])
    if "rules" in given:
        if not isinstance(given["rules"], (list, tuple)):
            raise ValueError(f"rules {given['rules']!r} are no list")
        given["rules"] = tuple(rule_from_json(item, _level + 1) for item in given["rules"])
    try:
        return kind(**given)
    except TypeError:
        raise ValueError(f"a {key} lacks something: it has {', '.join(sorted(known))}") from None


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """Give a rule as plain data."""
    plain: dict[str, Any] = {"rule": rule.KEY}
    for each in fields(rule):
        value = getattr(rule, each.name)
        if isinstance(value, (Line, Price, Level)):
            plain[each.name] = operand_to_json(value)
        elif isinstance(rule, Composite) and each.name == "rules":
            plain[each.name] = [rule_to_json(part) for part in rule.rules]
        else:
            plain[each.name] = value.value if isinstance(value, StrEnum) else value
    return plain
