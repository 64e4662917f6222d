"""The pure part: numbers and tables in, numbers and tables out; no clock, no socket, no database, no environment."""
