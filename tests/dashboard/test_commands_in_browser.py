"""Stop and start one machine as an operator does it, in a browser, with the whole product running."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.live]

A_SWEEP_OR_TWO_MS = 60_000


expect.set_options(timeout=30_000)


def sign_in(page: Page, product: Product, role: str) -> None:
    email, password = product.accounts()[role]
    page.goto("/login")
    page.fill("input[type=email]", email)
    page.fill("input[type=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile(r"/(hosting.*)?$"))


def a_mining_machine(product: Product) -> tuple[int, str]:
    ((miner_id, asset_id),) = product.query(
        "SELECT miner.id, asset_id FROM miner JOIN miner_state newest ON newest.miner_id = miner.id"
        " WHERE lifecycle = 'active' AND mode = 'mining' AND newest.state = 'online' AND newest.dialect LIKE 'luxos%'"
        " AND NOT EXISTS (SELECT FROM command WHERE command.miner_id = miner.id) ORDER BY miner.id DESC LIMIT 1"
    )
    return miner_id, asset_id


def test_a_double_click_stops_one_machine_once_and_its_reading_confirms_it(page: Page, live_app: Product) -> None:
    miner_id, asset_id = a_mining_machine(live_app)
    sign_in(page, live_app, "user")
    page.goto(f"/hosting/machine/{miner_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(asset_id)
    page.get_by_role("button", name="Stop", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(asset_id)
    confirm = dialog.get_by_role("button", name=re.compile(r"^Stop 1 machine, [\d.,]+ k?W$"))
    confirm.dblclick()
    expect(dialog).to_be_hidden()
    operations = page.locator("#machine-operations")
    expect(operations.locator(".hi-step--good")).to_have_text("confirmed", timeout=A_SWEEP_OR_TWO_MS)
    expect(page.locator("#machine-banner")).to_contain_text("Sleeping", timeout=A_SWEEP_OR_TWO_MS)
    assert live_app.query(f"SELECT action, state FROM command WHERE miner_id = {miner_id}") == [("stop", "confirmed")]
    said = live_app.query(f"SELECT after->>'state' FROM audit_log WHERE object = '{asset_id}' ORDER BY id")
    assert [state for (state,) in said] == ["queued", "sent", "confirmed"]


def test_cancel_and_escape_order_nothing(page: Page, live_app: Product) -> None:
    miner_id, _asset_id = a_mining_machine(live_app)
    sign_in(page, live_app, "user")
    page.goto(f"/hosting/machine/{miner_id}")
    for leave in (lambda: page.get_by_role("button", name="Cancel").click(), lambda: page.keyboard.press("Escape")):
        page.get_by_role("button", name="Reboot", exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        leave()
        expect(page.get_by_role("dialog")).to_be_hidden()
    assert live_app.query(f"SELECT count(*) FROM command WHERE miner_id = {miner_id}") == [(0,)]


def test_a_chart_leaves_as_every_kind_of_file(page: Page, live_app: Product) -> None:
    sign_in(page, live_app, "user")
    page.goto("/hosting")
    chart = page.locator("[data-chart=farm-hashrate]")
    expect(chart.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_visible(timeout=A_SWEEP_OR_TWO_MS)
    for word, extension in (
        ("CSV", "csv"),
        ("Excel", "xlsx"),
        ("PowerPoint", "pptx"),
        ("PNG picture", "png"),
        ("SVG picture", "svg"),
    ):
        chart.locator("summary").click()
        with page.expect_download() as download:
            chart.get_by_role("button", name=word).click()
        assert download.value.suggested_filename.endswith(f".{extension}")


def test_the_heat_map_opens_a_machine_by_keyboard(page: Page, live_app: Product) -> None:
    sign_in(page, live_app, "user")
    page.goto("/hosting")
    heat = page.locator("#farm-heat")
    expect(heat.locator("canvas")).to_be_visible(timeout=A_SWEEP_OR_TWO_MS)
    heat.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    said = page.locator("#farm-heat-says")
    expect(said).not_to_be_empty()
    asset_id = said.inner_text().split(" · ")[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(asset_id)


def test_a_client_sees_his_machine_but_cannot_command_it(page: Page, live_app: Product) -> None:
    ((mine,), (theirs,)) = live_app.query(
        "(SELECT miner.id FROM miner JOIN client ON client.id = miner.client_id WHERE client.code = 'HALDEN' LIMIT 1)"
        " UNION ALL (SELECT miner.id FROM miner JOIN client ON client.id = miner.client_id"
        " WHERE client.code <> 'HALDEN' LIMIT 1)"
    )
    sign_in(page, live_app, "client")
    page.goto(f"/hosting/machine/{mine}")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_disabled()
    page.goto(f"/hosting/machine/{theirs}")
    expect(page.get_by_text("No such machine")).to_be_visible()
