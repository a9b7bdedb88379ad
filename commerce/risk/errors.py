"""What risk control refuses."""

from foundation.errors import Conflict, Forbidden, Invalid, NotFound


class RuleInvalid(Invalid):
    """The condition cannot be read."""

    code = "risk-rule-invalid"


class RuleNotFound(NotFound):
    code = "risk-rule-not-found"


class RuleMoveInvalid(Conflict):
    """The rule is not where this step begins: a draft is tried over the past, then goes live, then is retired."""

    code = "risk-rule-move-invalid"


class OwnRule(Forbidden):
    """Who wrote a rule cannot let it go live."""

    code = "risk-rule-own"


class AlertNotFound(NotFound):
    code = "risk-alert-not-found"


class AlertMoveInvalid(Conflict):
    """The alert is closed, or the day to wait for is over."""

    code = "risk-alert-move-invalid"
