"""Entry: `python app.py` starts everything, `granian --interface wsgi app:server` serves the web application alone."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    # The supervisor stays small: it never loads the web application that it starts.
    from supervisor.main import run

    sys.exit(run())

from dashboard import create_app

app = create_app()
server = app.server
