"""Outside systems, I/O only: every call has a time limit and a typed answer; "no data" is None."""
