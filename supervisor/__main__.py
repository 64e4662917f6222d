"""`python -m supervisor COMMAND ...`: run a command beside the running product, with its addresses in the environment.

`python -m supervisor python -m collectors.inventory import machines.csv --site tx1`
"""

from __future__ import annotations

import os
import sys

from supervisor import checks, plans
from supervisor.embedded import Memory, cluster_of, store_of
from supervisor.errors import CannotStart
from supervisor.progress import complain


def main(arguments: list[str]) -> int:
    """Become the command; does not come back unless it cannot be run."""
    try:
        settings = checks.read_settings()
        file = settings.data_dir / "state.json"
        if not arguments:
            raise CannotStart("say which command is to be run: python -m supervisor COMMAND ...")
        if not (settings.database_url and settings.redis_url) and not file.exists():
            raise CannotStart(f"nothing was ever started on the data directory {settings.data_dir}")
        memory = Memory(file)
        environment = plans.child_environment(
            settings,
            DATABASE_URL=settings.database_url or cluster_of(settings.data_dir, memory, known=True).url(),
            REDIS_URL=settings.redis_url or store_of(settings.data_dir, memory, known=True).url,
            SECRET_KEY=checks.secret_key(settings, memory.secret("secret_key")),
        )
        if arguments[0] == "python":
            arguments = [sys.executable, *arguments[1:]]
        os.execvpe(arguments[0], arguments, environment)
    except CannotStart as error:
        complain(str(error))
    except OSError as error:
        complain(f"{arguments[0]} cannot be run: {error.strerror}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
