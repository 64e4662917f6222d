"""The machine grid as an operator uses it, in a browser, with the whole product running."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.live]

LONG_MS = 30_000
FIRST_ROW = ".ag-pinned-left-cols-container .ag-row[row-index='0']"


def sign_in(page: Page, product: Product, role: str) -> None:
    email, password = product.accounts()[role]
    page.goto("/login")
    page.fill("input[type=email]", email)
    page.fill("input[type=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile(r"/(hosting.*)?$"))


@pytest.fixture
def machines(page: Page, live_app: Product) -> Iterator[Page]:
    page.set_default_timeout(LONG_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page, live_app, "user")
    page.goto("/hosting/machines")
    expect(page.locator(FIRST_ROW)).to_be_visible(timeout=LONG_MS)
    yield page
    assert faults == []


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.evaluate("location.href")).query)


def shown(page: Page) -> list[str]:
    rows = page.locator(".ag-pinned-left-cols-container .ag-row")
    names = {
        int(row.get_attribute("row-index") or 0): row.locator("[col-id=asset_id] a").inner_text() for row in rows.all()
    }
    return [names[index] for index in sorted(names)]


def machines_of(product: Product, order: str, where: str = "true") -> list[str]:
    found = product.query(
        "SELECT asset_id FROM miner LEFT JOIN miner_state newest ON newest.miner_id = miner.id"
        f" LEFT JOIN client ON client.id = miner.client_id WHERE {where} ORDER BY {order}"
    )
    return [name for (name,) in found]


def test_pages_step_to_both_ends_and_by_number_and_the_back_button_returns(machines: Page, live_app: Product) -> None:
    names = machines_of(live_app, "asset_id")
    last = -(-len(names) // 20)
    place = machines.locator("#grid-pager .hi-pager__place")
    expect(place).to_have_text(f"1–20 of {len(names)}")
    assert shown(machines)[0] == names[0]
    for step in ("first", "previous"):
        expect(machines.locator(f"[data-step={step}]")).to_be_disabled()
    machines.click("[data-step=last]")
    expect(place).to_have_text(f"{(last - 1) * 20 + 1}–{len(names)} of {len(names)}")
    expect(machines.locator(FIRST_ROW)).to_contain_text(names[(last - 1) * 20])
    for step in ("next", "last"):
        expect(machines.locator(f"[data-step={step}]")).to_be_disabled()
    machines.keyboard.press("[")
    expect(place).to_contain_text(f"{(last - 2) * 20 + 1}–")
    machines.fill("#grid-jump", "3")
    machines.keyboard.press("Enter")
    expect(place).to_contain_text("41–60")
    expect(machines.locator(FIRST_ROW)).to_contain_text(names[40])
    machines.go_back()
    expect(place).to_contain_text(f"{(last - 2) * 20 + 1}–")


def test_a_heading_sorts_all_machines_not_the_page(machines: Page, live_app: Product) -> None:
    heading = machines.locator(".ag-header-cell[col-id=asset_id]")
    heading.click()
    heading.click()
    expect(machines.locator(FIRST_ROW)).to_contain_text(machines_of(live_app, "asset_id DESC")[0])
    assert asked(machines) == {"sort": ["-asset_id"]}
    expect(heading).to_have_attribute("aria-sort", "descending")


def test_search_filter_and_a_link_that_another_person_opens(
    machines: Page, live_app: Product, browser: Browser
) -> None:
    machines.fill("#grid-search", "antminer")
    expect(machines.locator("#grid-chips")).to_contain_text("antminer")
    machines.get_by_role("button", name="Filter", exact=True).click()
    machines.locator(".hi-pop__list").get_by_text("Client", exact=True).click()
    machines.locator("#grid-editor").get_by_text("unassigned").click()
    machines.click("#grid-apply")
    expect(machines.locator("#grid-chips")).to_contain_text("unassigned")
    wanted = live_app.query(
        "SELECT asset_id FROM miner JOIN miner_model model ON model.id = model_id WHERE client_id IS NULL"
        " AND model.name ILIKE '%antminer%' ORDER BY asset_id LIMIT 20"
    )
    assert wanted
    expect(machines.locator(FIRST_ROW)).to_contain_text(wanted[0][0])
    assert shown(machines) == [name for (name,) in wanted]
    link = machines.evaluate("location.href")

    other = browser.new_context(base_url=live_app.url, viewport={"width": 1440, "height": 900})
    page = other.new_page()
    sign_in(page, live_app, "admin")
    page.goto(link)
    expect(page.locator("#grid-chips")).to_contain_text("unassigned")
    expect(page.locator(FIRST_ROW)).to_contain_text(wanted[0][0], timeout=LONG_MS)
    assert shown(page) == [name for (name,) in wanted]
    other.close()

    machines.get_by_role("button", name="Clear all").click()
    expect(machines.locator("#grid-chips")).to_be_empty()
    assert asked(machines) == {}


def test_a_filter_by_numbers_is_typed_and_sent_by_the_keyboard(machines: Page) -> None:
    button = machines.get_by_role("button", name="Filter", exact=True)
    button.focus()
    machines.keyboard.press("Enter")
    expect(machines.get_by_role("dialog", name="Filter")).to_be_visible()
    machines.locator(".hi-pop__list").get_by_text("Power", exact=True).focus()
    machines.keyboard.press("Enter")
    low = machines.locator("#grid-editor input[type=text]").first
    low.fill("100000")
    machines.keyboard.press("Enter")
    expect(machines.get_by_text("No machine matches")).to_be_visible()
    assert asked(machines) == {"power_w": ["100000.."]}
    machines.get_by_role("button", name="Clear filters").click()
    expect(machines.locator(FIRST_ROW)).to_be_visible()


def test_columns_are_chosen_and_their_choice_is_in_the_address(machines: Page) -> None:
    for name in ("Model", "Site", "Rack / position", "Client", "Pool", "Firmware"):
        machines.get_by_role("button", name="Columns").click()
        machines.locator("#grid-columns").get_by_text(name, exact=True).click()
        machines.keyboard.press("Escape")
    expect(machines.locator(".ag-header-cell[col-id=model]")).to_have_count(0)
    expect(machines.locator(".ag-header-cell[col-id=hashrate_ths]")).to_be_visible()
    columns = asked(machines)["columns"][0].split(",")
    assert columns[:3] == ["state", "asset_id", "hashrate_ths"]
    machines.reload()
    expect(machines.locator(".ag-header-cell[col-id=hashrate_ths]")).to_be_visible(timeout=LONG_MS)
    expect(machines.locator(".ag-header-cell[col-id=model]")).to_have_count(0)


def test_a_view_is_saved_shared_seen_by_the_team_and_deleted(
    machines: Page, live_app: Product, browser: Browser
) -> None:
    machines.fill("#grid-search", "s19")
    expect(machines.locator("#grid-chips")).to_contain_text("s19")
    machines.get_by_role("button", name="Save view").click()
    machines.fill("#grid-view-name", "Old generation")
    machines.get_by_text("Share it with the team").click()
    machines.click("#grid-view-save")
    tab = machines.locator("#grid-tabs").get_by_text("Old generation")
    expect(tab).to_be_visible()

    other = browser.new_context(base_url=live_app.url, viewport={"width": 1440, "height": 900})
    page = other.new_page()
    sign_in(page, live_app, "admin")
    page.goto("/hosting/machines")
    page.locator("#grid-tabs").get_by_text("Old generation").click(timeout=LONG_MS)
    expect(page.locator("#grid-chips")).to_contain_text("s19")
    page.get_by_role("button", name="Save view").click()
    expect(page.locator("#grid-view-delete")).to_be_hidden()
    other.close()

    machines.get_by_role("button", name="Save view").click()
    machines.click("#grid-view-delete")
    expect(tab).to_have_count(0)


@pytest.mark.parametrize(("entry", "extension"), [("#grid-export-xlsx", "xlsx"), ("#grid-export-csv", "csv")])
def test_all_that_match_are_exported_in_the_readers_language(
    machines: Page, live_app: Product, tmp_path: Path, entry: str, extension: str
) -> None:
    machines.locator("#language-zh").click()
    expect(machines.get_by_role("heading", level=1)).to_have_text("机器")
    expect(machines.locator(FIRST_ROW)).to_be_visible(timeout=LONG_MS)
    machines.locator(".hi-export summary").click()
    with machines.expect_download(timeout=60_000) as download:
        machines.click(entry)
    path = tmp_path / f"machines.{extension}"
    download.value.save_as(path)
    if extension == "xlsx":
        rows = [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    assert rows[0][:2] == ["状态", "机器"]
    assert [row[1] for row in rows[1:]] == machines_of(live_app, "asset_id")
    machines.locator("#language-en").click()
    expect(machines.get_by_role("heading", level=1)).to_have_text("Machines")


def test_rows_stay_live_without_losing_their_place(machines: Page) -> None:
    machines.evaluate("document.querySelector('.ag-body-viewport').scrollTop = 40")
    first = machines.locator(".ag-row").first.evaluate(
        "row => { row.dataset.mark = 'same'; return row.getAttribute('row-id'); }"
    )
    hashrates = "[...document.querySelectorAll('.ag-cell[col-id=hashrate_ths]')].map((cell) => cell.textContent).join()"
    before = machines.evaluate(hashrates)
    machines.wait_for_function(f"(before) => {hashrates} !== before", arg=before, timeout=60_000)
    assert machines.evaluate("document.querySelector('.ag-body-viewport').scrollTop") == 40
    assert machines.locator(f".ag-row[row-id='{first}'][data-mark=same]").count() == 1
    assert asked(machines) == {}


def test_a_row_opens_its_machine_by_mouse_and_by_enter(machines: Page, live_app: Product) -> None:
    name = shown(machines)[0]
    machines.locator(FIRST_ROW).locator("[col-id=state]").click()
    expect(machines.get_by_role("heading", level=1)).to_have_text(name)
    machines.go_back()
    expect(machines.locator(FIRST_ROW)).to_be_visible(timeout=LONG_MS)
    machines.locator(FIRST_ROW).locator("[col-id=asset_id] a").click()
    expect(machines.get_by_role("heading", level=1)).to_have_text(name)


def test_a_client_sees_his_machines_and_no_tool_of_the_team(page: Page, live_app: Product) -> None:
    page.set_default_timeout(LONG_MS)
    sign_in(page, live_app, "client")
    page.goto("/hosting/machines")
    expect(page.locator(FIRST_ROW)).to_be_visible(timeout=LONG_MS)
    own = live_app.query(
        "SELECT count(*) FROM miner JOIN person ON person.client_id = miner.client_id WHERE person.demo"
    )[0][0]
    expect(page.locator("#grid-pager .hi-pager__place")).to_contain_text(f"of {own}")
    expect(page.get_by_role("button", name="Save view")).to_have_count(0)
    expect(page.locator("#grid-tabs").get_by_text("Unassigned")).to_have_count(0)


def test_on_a_phone_machines_are_cards(browser: Browser, live_app: Product) -> None:
    context = browser.new_context(base_url=live_app.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(LONG_MS)
    sign_in(page, live_app, "user")
    page.goto("/hosting/machines")
    card = page.locator(".hi-card").first
    expect(card).to_be_visible(timeout=LONG_MS)
    expect(card.locator("dt")).to_have_count(5)
    expect(page.locator(".hi-card")).to_have_count(20)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#grid-order").select_option("-asset_id")
    expect(page.locator(".hi-card").first).to_contain_text(machines_of(live_app, "asset_id DESC")[0])
    assert asked(page)["sort"] == ["-asset_id"]
    name = card.locator("strong").inner_text()
    card.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    context.close()


@pytest.mark.parametrize(
    "address", ["/hosting/machines", "/hosting/machines?view=attention", "/hosting/machines?q=nothing+such"]
)
def test_axe_finds_nothing_serious(page: Page, live_app: Product, address: str) -> None:
    sign_in(page, live_app, "user")
    page.goto(address)
    expect(page.locator("#grid-pager .hi-pager__place")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.locator(".hi-pop__list").get_by_text("Client", exact=True).click()
    expect(page.locator("#grid-apply")).to_be_visible(timeout=LONG_MS)
    found = Axe().run(page).response["violations"]
    bad = [
        (fault["id"], node["html"][:200])
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
    assert bad == []
