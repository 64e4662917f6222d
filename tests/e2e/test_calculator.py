"""The calculator as an analyst, a guest and an administrator use it, in a browser, with the whole product running."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.test_machines import LONG_MS, sign_in
from tests.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.live]
TABS = ("", "/compare", "/many", "/past", "/curtail")


@pytest.fixture
def desk(page: Page, live_app: Product) -> Iterator[Page]:
    known = "SELECT count(DISTINCT kind) FROM market_point WHERE kind IN ('btc_usd', 'difficulty', 'height')"
    wait_until(lambda: live_app.query(known)[0][0] == 3, "the market", live_app.said)
    page.set_default_timeout(LONG_MS)
    expect.set_options(timeout=LONG_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda said: faults.append(said.text) if said.type == "error" and "ReferenceError" in said.text else None,
    )
    yield page
    assert faults == []


def field(page: Page, name: str) -> str:
    return f"[id*='\"desk-field\"'][id*='\"{name}\"']"


def enter_as_guest(page: Page) -> None:
    page.goto("/login")
    page.get_by_role("button", name="Continue as guest").or_(page.get_by_role("link", name="Continue as guest")).click()
    page.wait_for_url(re.compile(r"/(?!login).*$"))


def test_a_change_moves_the_answer_the_address_keeps_it_and_back_undoes_it(desk: Page, live_app: Product) -> None:
    sign_in(desk, live_app, "user")
    desk.goto(
        "/calculator?price_usd=100000&difficulty=150000000000000&block_height=930000&fees_btc=0&pool_fee=0&uptime=1"
    )
    # 200 TH/s: 200e12 * 86400 / (1.5e14 * 2**32) * 3.125 BTC * 100,000 USD
    expect(desk.locator(".hi-kpi[href='#formula-revenue_usd']")).to_contain_text("$8.38")
    desk.fill(field(desk, "price_usd"), "200000")
    expect(desk.locator(".hi-kpi[href='#formula-revenue_usd']")).to_contain_text("$16.76")
    expect(desk).to_have_url(re.compile("price_usd=200000"))
    desk.reload()
    expect(desk.locator(field(desk, "price_usd"))).to_have_value("200000")
    desk.go_back()
    expect(desk.locator(field(desk, "price_usd"))).to_have_value("100000")
    expect(desk.locator(".hi-kpi[href='#formula-revenue_usd']")).to_contain_text("$8.38")


def test_shares_are_typed_in_per_cent_and_bad_values_are_told(desk: Page, live_app: Product) -> None:
    sign_in(desk, live_app, "user")
    desk.goto("/calculator")
    desk.locator(field(desk, "tax_rate")).fill("21")
    expect(desk).to_have_url(re.compile(r"tax_rate=0\.21(&|$)"))
    desk.locator(field(desk, "pue")).fill("9")
    expect(desk.locator(".hi-field", has=desk.locator(field(desk, "pue")))).to_contain_text("More than 5")


def test_every_formula_is_one_click_away(desk: Page, live_app: Product) -> None:
    sign_in(desk, live_app, "user")
    desk.goto("/calculator")
    desk.click(".hi-kpi[href='#formula-hashprice_usd_per_ph_day']")
    box = desk.locator("#formula-hashprice_usd_per_ph_day details")
    expect(box).to_contain_text("10¹⁵·86400 / (D·2³²)·(S + F)·p")
    expect(box).to_contain_text("Luxor")


def test_a_guest_asks_for_one_and_compares_and_gets_no_more(desk: Page, live_app: Product) -> None:
    enter_as_guest(desk)
    desk.goto("/calculator/compare")
    expect(desk.locator("#calc-table-compare")).to_contain_text("Antminer S21 XP (270 TH)")
    expect(desk.locator("#calc-table-compare")).to_contain_text("best")
    with desk.expect_download() as waiting:
        desk.click("#calc-compared-xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes())).active
    assert sheet is not None
    assert [sheet.cell(row, 1).value for row in (1, 2)] == ["Model", "Antminer S21 (200 TH)"]
    expect(desk.locator(".hi-desk__tab", has_text="Many machines")).to_have_count(0)
    desk.goto("/calculator/many")
    expect(desk.locator("#page")).to_contain_text("not for your role")


def test_lots_are_ranked_bad_lines_told_and_both_files_handed_out(
    desk: Page, live_app: Product, tmp_path: Path
) -> None:
    sign_in(desk, live_app, "user")
    desk.goto("/calculator/many")
    desk.fill("#calc-lots-text", "Antminer S19j Pro (104 TH)\t10\nAntminer S21 XP (270 TH)\t5\nToaster\t1")
    desk.get_by_role("button", name="Calculate these").click()
    expect(desk.locator("#calc-lots-said")).to_contain_text("Line 3: Toaster is not in the catalogue")
    expect(desk.locator("#calc-table-many .ag-row").first).to_contain_text("Antminer S21 XP (270 TH)")
    with desk.expect_download() as waiting:
        desk.click("#calc-lots-xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes())).active
    assert sheet is not None
    assert [sheet.cell(row, 2).value for row in (2, 3)] == ["Antminer S21 XP (270 TH)", "Antminer S19j Pro (104 TH)"]
    with desk.expect_download() as waiting:
        desk.click("#calc-lots-csv")
    assert Path(waiting.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")
    desk.get_by_role("button", name="The live fleet").click()
    machines = live_app.query("SELECT count(*) FROM miner WHERE lifecycle = 'active'")[0][0]
    expect(desk.locator("#calc-kpis-many .hi-kpi__value").first).to_have_text(str(machines))


def test_a_scenario_is_kept_by_name_shared_and_deleted(desk: Page, live_app: Product) -> None:
    sign_in(desk, live_app, "user")
    desk.goto("/calculator?power_price_usd_per_kwh=0.0777")
    desk.locator("summary", has_text="Save scenario").click()
    desk.fill("#calc-save-name", "Dear power")
    desk.click("#calc-save")
    link = desk.locator("#calc-saved a", has_text="Dear power")
    expect(link).to_have_attribute("href", "/calculator?power_price_usd_per_kwh=0.0777")
    desk.goto("/calculator")
    desk.locator("#calc-saved a", has_text="Dear power").click()
    expect(desk.locator(field(desk, "power_price_usd_per_kwh"))).to_have_value("0.0777")
    desk.get_by_role("button", name="Delete the scenario Dear power").click()
    expect(desk.locator("#calc-saved a", has_text="Dear power")).to_have_count(0)


def test_the_workings_come_as_a_workbook(desk: Page, live_app: Product) -> None:
    sign_in(desk, live_app, "user")
    desk.goto("/calculator")
    expect(desk.locator(".hi-kpi__value").first).to_be_visible()
    with desk.expect_download() as waiting:
        desk.click("#calc-sheet")
    book = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert "price_usd" in book.defined_names


def test_prices_by_the_hour_show_what_curtailment_brings(desk: Page, live_app: Product) -> None:
    sign_in(desk, live_app, "user")
    desk.goto("/calculator/curtail?price_usd=100000&difficulty=150000000000000&block_height=930000")
    desk.fill("#calc-hours-text", "20\n900\n20\n20")
    desk.get_by_role("button", name="Use these prices").click()
    expect(desk.locator("#calc-kpis-curtail")).to_contain_text("of 4 (25 %)")
    # An hour alone is seen as well: a line between two points would leave it out.
    dots = desk.locator("[data-chart='calc-hours'] .js-plotly-plot .scatterlayer .points path.point")
    expect(dots).to_have_count(1)


def test_an_administrator_changes_the_catalogue_with_a_history(desk: Page, live_app: Product) -> None:
    sign_in(desk, live_app, "admin")
    desk.goto("/calculator-models")
    desk.fill("#models-search", "S9k")
    expect(desk.locator("#models-count")).to_have_text(re.compile("^1 of "))
    found = desk.locator("#models-table button.hi-link")
    expect(found).to_have_count(1)
    name = found.inner_text()
    found.click()
    part = "[id*='model-part'][id*='\"{}\"']"
    expect(desk.locator(part.format("name"))).to_have_value(name)
    desk.fill(part.format("power_w"), "1499")
    desk.get_by_role("button", name="Save the model").click()
    expect(desk.locator("#models-changes")).to_contain_text("→ 1499")
    expect(desk.locator("#models-table")).to_contain_text("1,499")


def test_a_guest_finds_a_model_and_opens_it_in_the_calculator(desk: Page) -> None:
    enter_as_guest(desk)
    desk.goto("/calculator-models")
    expect(desk.locator("#models-table .ag-row").first).to_be_visible()
    desk.fill("#models-search", "s19 xp+ 279")
    expect(desk.locator("#models-count")).to_have_text(re.compile("^1 of "))
    desk.locator("#models-table").get_by_role("link", name="Antminer S19 XP+ Hyd (279 TH)").click()
    expect(desk.locator("h1")).to_have_text("Calculator")
    expect(desk.locator(".hi-told strong").first).to_be_visible()
    expect(desk.locator(field(desk, "hashrate_ths"))).to_have_attribute("placeholder", "279")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["EN", "中文"])
def test_every_tab_in_both_languages_without_overflow(desk: Page, live_app: Product, language: str, width: int) -> None:
    sign_in(desk, live_app, "user")
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto("/calculator")
    desk.get_by_role("button", name=language, exact=True).click()
    for tab in TABS:
        desk.goto(f"/calculator{tab}")
        title = desk.locator("h1")
        expect(title).to_have_text("Calculator" if language == "EN" else "计算器")
        expect(desk.locator(".hi-told strong").first).to_be_visible()
        assert desk.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("address", ["/calculator", "/calculator/compare", "/calculator/many", "/calculator-models"])
def test_axe_finds_nothing_serious(desk: Page, live_app: Product, address: str) -> None:
    sign_in(desk, live_app, "admin")
    desk.goto(address)
    desk.wait_for_timeout(2500)
    found = [v for v in Axe().run(desk).response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []
