"""Both languages are complete, and the check that says so can fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard import i18n
from dashboard.i18n import check


def test_every_text_stands_in_every_language() -> None:
    assert len(check.used()) > 300
    assert check.faults() == []


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('msgid "Machines"\nmsgstr ""', "missing: 'Machines'"),
        ('msgid "No text of ours"\nmsgstr "没有"', "not used any more: 'No text of ours'"),
        ('msgid "{n} min"\nmsgstr "{m} 分钟"', "other placeholders: '{n} min'"),
        ('#, fuzzy\nmsgid "Machines"\nmsgstr "机器"', "fuzzy: 'Machines'"),
    ],
)
def test_a_bad_entry_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, complaint: str) -> None:
    (tmp_path / "zh").mkdir()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (tmp_path / "zh" / "one.po").write_text(head + entry + "\n", encoding="utf-8")
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    assert [fault for fault in check.faults() if complaint in fault]


def test_an_unknown_language_is_english() -> None:
    with i18n.using("../../etc"):
        assert i18n.language() == "en"
        assert i18n._("Machines") == "Machines"


def test_two_requests_at_once_speak_their_own_language() -> None:
    def say(language: str) -> str:
        with i18n.using(language):
            return i18n._("Machines")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(say, ["en", "zh"] * 20)) == ["Machines", "机器"] * 20
