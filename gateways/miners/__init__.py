"""Machines on the wire: asked in their own dialect, read into one shape, commanded by their own protocol."""

from gateways.miners.ask import Limits
from gateways.miners.client import sweep
from gateways.miners.control import Action, CommandFailed
from gateways.miners.order import send_command
from gateways.miners.read import read_replies
from gateways.miners.target import Outcome, Target

__all__ = ["Action", "CommandFailed", "Limits", "Outcome", "Target", "read_replies", "send_command", "sweep"]
