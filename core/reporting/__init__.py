"""A figure on the screen becomes a table, and the table becomes a file that people can go on working with."""

from core.reporting.formats import FORMATS, Format, Wording
from core.reporting.table import Column, Table, Unreadable, read_figure

__all__ = ["FORMATS", "Column", "Format", "Table", "Unreadable", "Wording", "read_figure"]
