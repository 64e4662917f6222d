"""Text on its way into a file: what a spreadsheet would run, and what XML cannot hold, is taken out."""

from __future__ import annotations

import re

MAX_CHARACTERS = 300
_RUN_BY_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile(r"<[^<>]{0,80}>")


def neutral(text: object) -> str:
    """Make a text harmless in CSV, XLSX and PPTX.

    Parameters
    ----------
    text : object
        Anything; what is no text is written as one.

    Returns
    -------
    str
        At most 300 characters, without control characters, and with an apostrophe in front where a spreadsheet would
        otherwise take it for a formula.
    """
    cut = _NOT_IN_XML.sub("", str(text))[:MAX_CHARACTERS]
    return f"'{cut}" if cut.startswith(_RUN_BY_A_SPREADSHEET) else cut


def plain(text: object) -> str:
    """Take the few HTML tags that Plotly reads out of a title, then make it `neutral`."""
    return neutral(_MARKUP.sub(" ", str(text)).strip())
