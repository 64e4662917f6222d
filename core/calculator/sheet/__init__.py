"""The calculation as a spreadsheet with live formulas: each cell's formula and its value come of one expression."""

from core.calculator.sheet.layout import TITLES, Column, Entry, Sheet, rendered
from core.calculator.sheet.workings import sheet

__all__ = ["TITLES", "Column", "Entry", "Sheet", "rendered", "sheet"]
