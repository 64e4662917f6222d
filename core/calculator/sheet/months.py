"""The months of a plan in columns, as a person would set them up in a spreadsheet."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from core.calculator.hashprice import BLOCKS_PER_HALVING
from core.calculator.hosting import DAYS_PER_MONTH
from core.calculator.inputs import Plan, Scenario
from core.calculator.loans import LOAN_KINDS
from core.calculator.markets import BLOCKS_PER_MONTH
from core.calculator.numbers import Array
from core.calculator.sheet.cells import Cell, either, largest, least, summed, whole
from core.calculator.sheet.day import operated, shared
from core.calculator.sheet.layout import TITLES, Column


class Months:
    """Makes the columns one after the other; each is at hand by its name for those behind it."""

    def __init__(self, scenario: Scenario, plan: Plan, given: SimpleNamespace) -> None:
        self.plan = plan
        self.made: dict[str, Column] = {}
        self._keep("month", np.arange(plan.months + 1.0), "0", "[month^]+1")
        self._market(given)
        self._operation(scenario, given)
        self._money(given)

    def _keep(self, name: str, values: Array, first: str, formula: str) -> None:
        self.made[name] = Column(name, *TITLES[name], values, first, formula)

    def _column(self, name: str, made: Cell, today: Cell | None = None) -> None:
        later = np.broadcast_to(made.value, (self.plan.months,))
        values = np.concatenate(([np.nan if today is None else float(today.value)], later))
        self._keep(name, values, "" if today is None else today.formula, made.formula)

    def now(self, name: str) -> Cell:
        """Give the column in the same row."""
        return Cell(f"[{name}]", self.made[name].values[1:])

    def above(self, name: str) -> Cell:
        """Give the column in the row above."""
        return Cell(f"[{name}^]", self.made[name].values[:-1])

    def all(self, name: str) -> Cell:
        """Give the whole column, empty cells as nothing."""
        return Cell(f"[{name}:]", np.nan_to_num(self.made[name].values))

    def _market(self, given: SimpleNamespace) -> None:
        since = self.now("month") - 1
        self._column("m_price_usd", given.price_usd * (1 + given.price_growth) ** (since / 12), given.price_usd)
        self._column("m_height", given.block_height + since * BLOCKS_PER_MONTH)
        height, ends = self.now("m_height"), self.now("m_height") + BLOCKS_PER_MONTH
        era = whole(height / BLOCKS_PER_HALVING)
        halving = (era + 1) * BLOCKS_PER_HALVING
        paid = Cell("50", 50.0) / Cell("2", 2.0) ** era
        before, behind = least(halving - height, BLOCKS_PER_MONTH), largest(ends - halving, 0)
        self._column("m_subsidy_btc", paid * (before + behind / 2) / BLOCKS_PER_MONTH)
        passed = whole(ends / BLOCKS_PER_HALVING) - whole(given.block_height / BLOCKS_PER_HALVING)
        after = least(ends - whole(ends / BLOCKS_PER_HALVING) * BLOCKS_PER_HALVING, BLOCKS_PER_MONTH) / BLOCKS_PER_MONTH
        self._column("m_halvings", largest(passed - 1 + after, 0))
        grown = given.difficulty * (1 + given.difficulty_growth) ** (since / 12)
        reacted = grown * (1 - given.halving_reaction) ** self.now("m_halvings")
        self._column("m_difficulty", reacted)

    def _operation(self, scenario: Scenario, given: SimpleNamespace) -> None:
        price = self.now("m_price_usd")
        run = operated(
            scenario, given, price_usd=price, difficulty=self.now("m_difficulty"), subsidy_btc=self.now("m_subsidy_btc")
        )
        self._column("m_possible_btc", run.btc * DAYS_PER_MONTH)
        possible, avoidable = self.now("m_possible_btc"), given.by_energy_usd * DAYS_PER_MONTH
        stands = (given.stop_at_a_loss.value == 1) & (possible.value * price.value < avoidable.value)
        condition = f"AND(stop_at_a_loss=1,[m_possible_btc]*[m_price_usd]<{avoidable.formula})"
        self._column("m_runs", either(condition, stands, 0.0, 1.0))
        self._column("m_btc", possible * self.now("m_runs"))
        self._column("m_revenue_usd", self.now("m_btc") * price)
        spent = avoidable * self.now("m_runs") + given.by_size_usd * DAYS_PER_MONTH
        self._column("m_spent_usd", spent)
        taken = shared(scenario, given, self.now("m_revenue_usd") - self.now("m_spent_usd"))
        self._column("m_cost_usd", self.now("m_spent_usd") + taken + given.other_usd_per_month)
        self._column("m_held_btc", self.now("m_btc") * given.hodl_share)

    def _money(self, given: SimpleNamespace) -> None:
        month, price, last = self.now("month"), self.now("m_price_usd"), f"[month]={self.plan.months}"
        ends = np.arange(1, self.plan.months + 1) == self.plan.months
        outlay, resale = given.outlay_usd * given.count, given.resale_usd * given.count
        self._owed(given, outlay)
        self._column("m_interest_usd", self.above("m_owed_usd") * given.loan_rate / 12)
        term = given.depreciation_months
        kept = outlay * (1 - either("depreciation_months>0", term.value > 0, least(month / term, 1), 0.0))
        self._column("m_book_usd", kept, outlay)
        sold = either(
            f"AND({last},depreciation_months>0)", ends & (term.value > 0), resale - self.now("m_book_usd"), 0.0
        )
        written_off = self.above("m_book_usd") - self.now("m_book_usd")
        profit = self.now("m_revenue_usd") - self.now("m_cost_usd")
        taxed = profit - self.now("m_interest_usd") - written_off + sold
        self._column("m_tax_usd", given.tax_rate * largest(taxed, 0))
        principal = self.above("m_owed_usd") - self.now("m_owed_usd")
        running = (
            profit - self.now("m_held_btc") * price - self.now("m_tax_usd") - self.now("m_interest_usd") - principal
        )
        self._column("m_running_usd", running, given.outlay_usd * given.count * given.loan_share - outlay)
        coins = summed(self.all("m_held_btc"))
        worth, basis = coins * price, summed(self.all("m_held_btc") * self.all("m_price_usd"))
        gains = given.capital_gains_tax_rate * largest(worth - basis, 0)
        proceeds = either(last, ends, resale - self.now("m_owed_usd") + worth - gains, 0.0)
        self._column("m_proceeds_usd", proceeds)
        first = Cell("[m_running_usd]", float(self.made["m_running_usd"].values[0]))
        self._column("m_cash_usd", self.now("m_running_usd") + self.now("m_proceeds_usd"), first)
        for name, of in (("m_cumulated_usd", "m_cash_usd"), ("m_covered_usd", "m_running_usd")):
            self._keep(name, np.cumsum(self.made[of].values), f"[{of}]", f"[{name}^]+[{of}]")

    def _owed(self, given: SimpleNamespace, outlay: Cell) -> None:
        kind, borrowed = LOAN_KINDS[self.plan.loan_kind], outlay * given.loan_share
        month, rate = self.now("month"), given.loan_rate / 12
        term = Cell("ROUNDUP(loan_months,0)", np.ceil(given.loan_months.value))
        written = kind.cell.format(month=month.formula, rate=f"({rate.formula})", months=term.formula)
        share = Cell(written, kind.owed(np.asarray(month.value), np.asarray(rate.value), np.asarray(term.value)))
        left = either(f"{month.formula}>={term.formula}", month.value >= term.value, 0.0, share)
        self._column("m_owed_usd", borrowed * left, borrowed)
