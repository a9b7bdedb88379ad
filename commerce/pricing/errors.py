"""What schemes and agreed prices refuse."""

from foundation.errors import Conflict, Invalid, NotFound


class SchemeInvalid(Invalid):
    code = "scheme-invalid"


class SchemeNotFound(NotFound):
    code = "scheme-not-found"


class CustomerPriceInvalid(Invalid):
    code = "customer-price-invalid"


class PriceAlertNotFound(NotFound):
    code = "price-alert-not-found"


class PriceAlertRuleInvalid(Invalid):
    code = "price-alert-rule-invalid"


class PriceAlertStateInvalid(Conflict):
    """The alert cannot become this from what it is."""

    code = "price-alert-state-invalid"
