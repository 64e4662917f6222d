"""`python -m tests.supervisor.order MINER ACTION KEY`: order a machine as the demo's owner; prints the command."""

from __future__ import annotations

import sys

from sqlalchemy import text

from core.access import Actor, Role
from db.session import transaction
from services.commands import command_miner

if __name__ == "__main__":
    miner_id, action, key = sys.argv[1:]
    with transaction() as session:
        owner = session.execute(text("SELECT id, name FROM person WHERE role = 'owner' ORDER BY id LIMIT 1")).one()
    print(command_miner(Actor(Role.OWNER, owner.id, None, owner.name), int(miner_id), action, key))
