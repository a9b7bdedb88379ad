"""What risk control can do."""

from commerce.risk.alerts import acknowledge, close, snooze, wake_due
from commerce.risk.figures import CATALOGUE, measure
from commerce.risk.rules import dry_run, evaluate, go_live, retire, rules_due, write_rule

__all__ = [
    "CATALOGUE",
    "acknowledge",
    "close",
    "dry_run",
    "evaluate",
    "go_live",
    "measure",
    "retire",
    "rules_due",
    "snooze",
    "wake_due",
    "write_rule",
]
