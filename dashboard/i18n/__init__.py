"""Words in the reader's language: gettext with the English text as key.

Catalogues are .po files, read at start: there is nothing to compile and nothing that can be stale. A language is a
folder of this package and one line in `LANGUAGES`.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
# key: (its own name, the tag of the html element, Babel's locale)
LANGUAGES: dict[str, tuple[str, str, str]] = {"en": ("EN", "en", "en_US"), "zh": ("中文", "zh-CN", "zh_Hans_CN")}
DEFAULT = "en"

_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def catalogue(language: str) -> Catalog:
    """Read and join every .po file of a language."""
    joined = Catalog(locale=language)
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    joined.add(message.id, message.string, flags=message.flags)
    return joined


@lru_cache(maxsize=8)
def translations(language: str) -> gettext.NullTranslations:
    """Give the compiled catalogue of a language; English is its own key."""
    if language == DEFAULT:
        return gettext.NullTranslations()
    buffer = io.BytesIO()
    write_mo(buffer, catalogue(language))
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)


def _(message: str, **values: object) -> str:
    """Give the text in the reader's language, with `{name}` filled in."""
    found = translations(_current.get()).gettext(message)
    return found.format(**values) if values else found


def n_(singular: str, plural: str, number: int, **values: object) -> str:
    """Give the text for so many, with `{n}` and other names filled in."""
    found = translations(_current.get()).ngettext(singular, plural, number)
    return found.format(n=number, **values)


def language() -> str:
    """Give the language of this request."""
    return _current.get()


def use(chosen: str | None) -> None:
    """Set the language of this request or task; an unknown one is English."""
    _current.set(chosen if chosen in LANGUAGES else DEFAULT)


@contextmanager
def using(chosen: str | None) -> Iterator[None]:
    """Speak another language for the length of a block."""
    token = _current.set(chosen if chosen in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _current.reset(token)
