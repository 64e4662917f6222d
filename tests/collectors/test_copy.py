"""What goes in by COPY comes out the same, whatever a machine calls itself."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from collectors.copy import array, copy_array, copy_rows
from db.session import transaction
from settings import Settings

COLUMNS = ("id", "word", "words", "rate", "yes", "doc")
TABLE = """
CREATE TEMPORARY TABLE copied (id integer, word text, words text[], rate real, yes boolean, doc json) ON COMMIT DROP
"""
printable = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


def there_and_back(*rows: tuple[object, ...]) -> list[tuple[object, ...]]:
    with transaction() as session:
        session.execute(text(TABLE))
        copy_rows(session, "copied", COLUMNS, rows)
        return [tuple(row) for row in session.execute(text("SELECT * FROM copied ORDER BY id"))]


@pytest.mark.parametrize(
    "word",
    [
        'say "x"',
        "a\\b",
        "\\N",
        "\\.",
        "null",
        "NULL",
        "",
        " ",
        "a,b",
        "矿机",
        "\\n",
        "\\\\n",
        '\\"',
        "'",
        "{}",
    ],
)
def test_every_word_comes_back(app_settings: Settings, word: str) -> None:
    assert there_and_back((1, word, array([word, "x"]), None, None, None)) == [(1, word, [word, "x"], None, None, None)]


def test_control_characters_become_spaces_and_nothing_else_moves(app_settings: Settings) -> None:
    [row] = there_and_back((1, "a\nb\\\tc\x00d\x1be\\\\\nf", None, 1.5, True, '{"a":[1,null]}'))
    assert row == (1, "a b\\ c d e\\\\ f", None, 1.5, True, {"a": [1, None]})


def test_absent_is_null_and_an_empty_text_is_a_text(app_settings: Settings) -> None:
    assert there_and_back((1, None, array([]), None, None, None), (2, "", array(None), 0.0, False, "[]")) == [
        (1, None, None, None, None, None),
        (2, "", None, 0.0, False, []),
    ]


def test_no_rows_are_no_rows(app_settings: Settings) -> None:
    assert there_and_back() == []


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), printable), st.lists(st.one_of(st.none(), printable), max_size=4)), max_size=20
    )
)
def test_any_text_comes_back(app_settings: Settings, words: list[tuple[str | None, list[str | None]]]) -> None:
    rows = [(number, word, array(more), None, None, None) for number, (word, more) in enumerate(words)]  # type: ignore[arg-type]
    found = there_and_back(*rows)
    assert [(row[1], row[2]) for row in found] == [(word, more or None) for word, more in words]


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([1.5, 2.0], "{1.5, 2.0}"),
        ((4770,), "{4770}"),
        ([1.5, None, 3.0], "{1.5,NULL,3.0}"),
        ([None], "{NULL}"),
        (["a", None], '{"a",NULL}'),
        ([], None),
        (None, None),
    ],
)
def test_arrays_are_written_as_postgresql_reads_them(values: list[float] | None, written: str | None) -> None:
    assert array(values) == written


def test_a_structured_array_arrives_with_its_types_and_times(app_settings: Settings) -> None:
    at = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
    rows = np.array(
        [
            (int(at.timestamp()), 7, 2, 100.25, -1e300, (1.5, -2.0, 0.0)),
            (int(at.timestamp()) + 60, 8, 3, 0.5, 0.0, (4.0, 5.0, 6.25)),
        ],
        [("at", "i8"), ("miner_id", "i4"), ("site_id", "i2"), ("rate", "f4"), ("total", "f8"), ("boards", "f4", (3,))],
    )
    with transaction() as session:
        session.execute(
            text(
                "CREATE TEMPORARY TABLE arrived (at timestamptz, miner_id integer, site_id smallint, rate real,"
                " total double precision, boards real[]) ON COMMIT DROP"
            )
        )
        copy_array(session, "arrived", ("at", "miner_id", "site_id", "rate", "total", "boards"), rows)
        found = [tuple(row) for row in session.execute(text("SELECT * FROM arrived ORDER BY at"))]
    later = at + dt.timedelta(seconds=60)
    assert found == [(at, 7, 2, 100.25, -1e300, [1.5, -2.0, 0.0]), (later, 8, 3, 0.5, 0.0, [4.0, 5.0, 6.25])]
