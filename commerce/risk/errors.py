"""What risk control refuses."""

from foundation.errors import Conflict, Forbidden, Invalid, NotFound


class RuleInvalid(Invalid):
    """The condition cannot be read, or what is to follow from it cannot be."""

    code = "risk-rule-invalid"


class RuleNotFound(NotFound):
    code = "risk-rule-not-found"


class RuleMoveInvalid(Conflict):
    """The rule is not where this step begins: a draft is tried over the past, then goes live, then is retired."""

    code = "risk-rule-move-invalid"


class OwnRule(Forbidden):
    """Who wrote a rule cannot let it go live."""

    code = "risk-rule-own"


class BoundsInvalid(Invalid):
    """How far rules may lower limits is out of bounds itself."""

    code = "risk-bounds-invalid"


class ActionNotFound(NotFound):
    code = "risk-action-not-found"


class ActionMoveInvalid(Conflict):
    """The action was not taken, is undone already, or something newer was said of the pair since."""

    code = "risk-action-move-invalid"


class OwnerUnknown(Invalid):
    """Only the platform's admins look after alerts."""

    code = "risk-owner-unknown"


class AlertNotFound(NotFound):
    code = "risk-alert-not-found"


class AlertMoveInvalid(Conflict):
    """The alert is closed, or the day to wait for is over."""

    code = "risk-alert-move-invalid"
