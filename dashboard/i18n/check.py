"""`python -m dashboard.i18n.check`: fails where a text has no Chinese, or Chinese has no text any more."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from babel.messages.extract import extract_from_dir

from core.calculator import FORMULAS, HOSTING_SCHEMES, LOAN_KINDS, POOL_SCHEMES, SYMBOLS
from core.calculator.catalogue import Fault
from core.calculator.lots import Reason as LotReason
from core.calculator.question import NUMBERS
from core.calculator.sheet import TITLES
from core.forecasting import MODELS, Verdict
from core.indicators import INDICATORS
from core.market.refusals import Reason
from core.signals.builtin import BUILT_IN
from core.signals.form import Fault as FormFault
from dashboard.i18n import DEFAULT, LANGUAGES, catalogue

ROOT = Path(__file__).parents[1]
KEYWORDS = {"_": None, "n_": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
_FIELD = re.compile(r"\{(\w*)[^}]*\}")


class Titled(Protocol):
    """What has a title."""

    @property
    def title(self) -> str:
        """Give the English text."""


def used() -> dict[str, str]:
    """Give every text that the code asks for, and where."""
    found: dict[str, str] = {}
    for file, line, message, _comments, _context in extract_from_dir(str(ROOT), METHODS, keywords=KEYWORDS):
        for text in message if isinstance(message, tuple) else (message,):
            found.setdefault(text, f"dashboard/{file}:{line}")
    for text, where in of_tables():
        found.setdefault(text, where)
    return found


def of_tables() -> Iterator[tuple[str, str]]:
    """Give the texts of the core's tables, and where: pages make their controls from them, so no call names them."""
    for indicator in INDICATORS.values():
        titled: tuple[Titled, ...] = (indicator, *indicator.parameters, *indicator.outputs)
        yield from ((each.title, f"core/indicators: {indicator.name}") for each in titled)
    tables: tuple[Mapping[str, Titled], ...] = (NUMBERS, FORMULAS, POOL_SCHEMES, HOSTING_SCHEMES, LOAN_KINDS)
    for table in tables:
        for name, entry in table.items():
            yield entry.title, f"core/calculator: {name}"
    for name, (title, _unit) in [*SYMBOLS.items(), *TITLES.items()]:
        yield title, f"core/calculator: {name}"
    for rule in BUILT_IN.values():
        yield from ((each, f"core/signals: {rule.name}") for each in (rule.title, rule.note))
    for model in MODELS.values():
        yield from ((text, f"core/forecasting: {model.name}") for text in (model.title, model.note))
    yield from ((reason.value, f"core/calculator/lots: {reason.name}") for reason in LotReason)
    yield from ((fault.value, f"core/calculator: {fault.name}") for fault in Fault)
    yield from ((fault.value, f"core/signals: {fault.name}") for fault in FormFault)
    yield from ((verdict.value, f"core/forecasting: {verdict.name}") for verdict in Verdict)
    yield from ((reason.value, f"core/market: {reason.name}") for reason in Reason)


def faults() -> list[str]:
    """Give one line for each fault of each language."""
    texts = used()
    found = []
    for language in LANGUAGES:
        if language == DEFAULT:
            continue
        known: dict[str, str] = {}
        for message in catalogue(language):
            ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
            strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
            for text in ids:
                if text:
                    known[text] = (strings[0] if len(strings) < len(ids) else strings[ids.index(text)]) or ""
                    if message.fuzzy:
                        found.append(f"{language}: fuzzy: {text!r}")
        for text, where in texts.items():
            if not known.get(text):
                found.append(f"{language}: missing: {text!r} ({where})")
            elif set(_FIELD.findall(text)) - {"n"} != set(_FIELD.findall(known[text])) - {"n"}:
                found.append(f"{language}: other placeholders: {text!r} -> {known[text]!r}")
        found += [f"{language}: not used any more: {text!r}" for text in known if text not in texts]
    return found


def main() -> int:
    """Print the faults; 1 where there are any."""
    lines = faults()
    print("\n".join(lines) if lines else f"{len(used())} texts, each in {len(LANGUAGES)} languages")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
