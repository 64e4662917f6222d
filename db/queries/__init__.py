"""One SQL a view, returning a DataFrame."""
