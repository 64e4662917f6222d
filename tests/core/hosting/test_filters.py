"""The address of the grid: what it says survives the way there and back, and no text in it breaks anything."""

from __future__ import annotations

import ipaddress
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hosting.columns import COLUMNS, DEFAULT_COLUMNS, Kind, Op
from core.hosting.filters import MAX_PAGE, Filter, GridQuery, Sort, clean, parse, serialise
from core.hosting.grid_views import BUILT_IN, expand, same_view

texts = st.text(min_size=1, max_size=60).map(clean).filter(bool)
numbers = st.floats(-1e14, 1e14, allow_nan=False).map(lambda value: value + 0.0)
networks = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).flatmap(
    lambda address: st.integers(0, address.max_prefixlen).map(
        lambda length: str(ipaddress.ip_network(f"{address}/{length}", strict=False))
    )
)


def values_of(key: str) -> st.SearchStrategy[tuple[str, ...]]:
    known = COLUMNS[key].values
    one = st.sampled_from(known) if known else texts
    return st.lists(one, min_size=1, max_size=5, unique=True).map(tuple)


@st.composite
def filters(draw: st.DrawFn, key: str) -> Filter:
    op = draw(st.sampled_from(COLUMNS[key].ops))
    if op is Op.RANGE:
        low, high = draw(st.tuples(st.none() | numbers, st.none() | numbers))
        if low is None and high is None:
            low = 0.0
        if low is not None and high is not None and low > high:
            low, high = high, low
        return Filter(key, op, low=low, high=high)
    if op is Op.ANY_OF:
        return Filter(key, op, values=draw(values_of(key)))
    if op is Op.WITHIN:
        return Filter(key, op, text=draw(networks))
    return Filter(key, op, text=draw(texts)) if op in (Op.CONTAINS, Op.EQUALS) else Filter(key, op)


@st.composite
def queries(draw: st.DrawFn) -> GridQuery:
    keys = draw(st.lists(st.sampled_from(list(COLUMNS)), max_size=4, unique=True))
    sorts = draw(st.lists(st.sampled_from(list(COLUMNS)), max_size=3, unique=True))
    columns = tuple(draw(st.lists(st.sampled_from(list(COLUMNS)), max_size=8, unique=True)))
    return GridQuery(
        q=draw(st.just("") | texts),
        filters=tuple(draw(filters(key)) for key in keys),
        sort=tuple(Sort(key, draw(st.booleans())) for key in sorts),
        page=draw(st.integers(1, MAX_PAGE)),
        columns=() if columns == DEFAULT_COLUMNS else columns,
        view=draw(st.sampled_from(["", "hot", "17"])),
    )


@given(queries())
def test_a_query_survives_the_address(query: GridQuery) -> None:
    assert parse(serialise(query)) == query
    assert parse("?" + serialise(query)) == query


@given(st.text(max_size=400))
def test_no_text_in_an_address_raises_and_what_is_taken_is_stable(text: str) -> None:
    query = parse(text)
    assert parse(serialise(query)) == query


@given(st.sampled_from(list(COLUMNS)), st.text(max_size=60))
def test_no_value_of_a_column_raises(key: str, value: str) -> None:
    from urllib.parse import urlencode

    query = parse(urlencode({key: value}))
    assert parse(serialise(query)) == query


@pytest.mark.parametrize(
    "hostile",
    [
        "sort=asset_id;DROP TABLE miner", "sort=-(select 1)", "password_hash=a", "columns=id,password,asset_id%27--",
        "page=-1", "page=1e9", "page=%00", "page=٣", "hashrate_ths=nan..", "hashrate_ths=..inf", "hashrate_ths=9..1",
        "power_w=1e999..", "ip=10.0.0.0/33", "ip=::1%25eth0", "state=online%27%20OR%201=1", "q=%00%00", "view=../../etc",
        "state=&mode=&alert=", "%ff%fe=%ff", "&&&===", "serial==", "temp_max_c=..",
    ],
)  # fmt: skip
def test_hostile_addresses_come_down_to_what_is_known(hostile: str) -> None:
    query = parse(hostile)
    assert query.filters == ()
    assert query.sort == ()
    assert query.page == 1
    assert query.q == ""
    assert query.view == ""
    assert set(query.columns) <= {"asset_id"}


def test_an_address_of_any_length_is_read_quickly_and_bounded() -> None:
    query = parse("&".join(f"client=c{number}" for number in range(100_000)))
    assert len(query.filters[0].values) <= 60 if query.filters else True
    assert len(parse("q=" + "x" * 100_000).q) == 120


def test_addresses_that_people_write_mean_what_they_say() -> None:
    query = parse(
        "?state=offline&state=lost&temp_max_c=83..&power_w=..3500&serial==WH21&mac=c7:8&ip=10.1.2.3&sort=-temp_max_c,site"
    )
    assert query.filter_of("state") == Filter("state", Op.ANY_OF, values=("offline", "lost"))
    assert query.filter_of("temp_max_c") == Filter("temp_max_c", Op.RANGE, low=83.0)
    assert query.filter_of("power_w") == Filter("power_w", Op.RANGE, high=3500.0)
    assert query.filter_of("serial") == Filter("serial", Op.EQUALS, text="WH21")
    assert query.filter_of("mac") == Filter("mac", Op.CONTAINS, text="c7:8")
    assert query.filter_of("ip") == Filter("ip", Op.WITHIN, text="10.1.2.3/32")
    assert query.sort == (Sort("temp_max_c", True), Sort("site"))


@pytest.mark.parametrize(
    ("column", "op", "values"),
    [
        ("nothing", Op.PRESENT, {}),
        ("serial", Op.RANGE, {"low": 1.0}),
        ("power_w", Op.RANGE, {}),
        ("power_w", Op.RANGE, {"low": 2.0, "high": 1.0}),
        ("power_w", Op.RANGE, {"low": math.nan}),
        ("state", Op.ANY_OF, {"values": ("elsewhere",)}),
        ("state", Op.ANY_OF, {"values": ()}),
        ("ip", Op.WITHIN, {"text": "10.0.0.1/8"}),
        ("serial", Op.CONTAINS, {"text": ""}),
    ],
)
def test_a_filter_that_makes_no_sense_cannot_be_made(column: str, op: Op, values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Filter(column, op, **values)  # type: ignore[arg-type]


def test_a_link_that_only_names_a_view_has_its_filters_and_keeps_what_it_says_itself() -> None:
    assert expand(parse("view=offline")).filter_of("state") == Filter("state", Op.ANY_OF, values=("offline", "lost"))
    own = parse("view=offline&q=s21")
    assert expand(own) == own
    assert all(same_view(expand(GridQuery(view=key, page=3)), held) for key, held in BUILT_IN.items())


def test_numbers_stand_right_and_texts_left() -> None:
    assert {column.align for column in COLUMNS.values() if column.kind is Kind.NUMBER} == {"end"}
    assert {column.align for column in COLUMNS.values() if column.kind is not Kind.NUMBER} == {"start"}
