"""What schemes and agreed prices refuse."""

from foundation.errors import Invalid, NotFound


class SchemeInvalid(Invalid):
    code = "scheme-invalid"


class SchemeNotFound(NotFound):
    code = "scheme-not-found"


class CustomerPriceInvalid(Invalid):
    code = "customer-price-invalid"


class CustomerNotFound(NotFound):
    code = "customer-not-found"
