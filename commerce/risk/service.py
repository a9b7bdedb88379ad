"""What risk control can do."""

from commerce.risk.actions import act, actions_due, revert, set_bounds
from commerce.risk.alerts import acknowledge, assign, close, snooze, wake_due
from commerce.risk.dry_runs import dry_run
from commerce.risk.effects import Bounds, Effect
from commerce.risk.figures import CATALOGUE, measure
from commerce.risk.rules import days_due, evaluate, go_live, retire, skip_missed, write_rule

__all__ = [
    "CATALOGUE",
    "Bounds",
    "Effect",
    "acknowledge",
    "act",
    "actions_due",
    "assign",
    "close",
    "days_due",
    "dry_run",
    "evaluate",
    "go_live",
    "measure",
    "retire",
    "revert",
    "set_bounds",
    "skip_missed",
    "snooze",
    "wake_due",
    "write_rule",
]
