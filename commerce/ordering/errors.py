"""What ordering refuses."""

from foundation.errors import Conflict, Forbidden, Invalid, NotFound


class OrderNotFound(NotFound):
    code = "order-not-found"


class DeliveryNotFound(NotFound):
    code = "delivery-not-found"


class PartyNotFound(NotFound):
    code = "party-not-found"


class OrderInvalid(Invalid):
    code = "order-invalid"


class QuantityInvalid(Invalid):
    """Under the minimum, no carton multiple, or a part of what has no parts."""

    code = "quantity-invalid"


class ProductUnavailable(Conflict):
    """The vendor does not sell it, or says that it is out."""

    code = "product-unavailable"


class MoveNotAllowed(Conflict):
    """The order is not in a state from which this may be done."""

    code = "move-not-allowed"


class NotYourMove(Forbidden):
    """The other side does this."""

    code = "not-your-move"


class QuantityExceeded(Conflict):
    """More than is open of a line."""

    code = "quantity-exceeded"


class OrderTooSmall(Conflict):
    """The order is worth less than the vendor's minimum."""

    code = "order-too-small"


class AdvanceMissing(Conflict):
    """By the terms a part of the order is paid before its goods are handed over, and it is not there."""

    code = "advance-missing"


class OrderAwaitsApproval(Conflict):
    """The order's credit waits for a person who approves it."""

    code = "order-awaits-approval"


class ApprovalNotFound(NotFound):
    """The order waits for no approval."""

    code = "order-approval-not-found"


class ApprovalOutdated(Conflict):
    """The order is worth something else than what was approved."""

    code = "order-approval-outdated"


class RulesInvalid(Invalid):
    """What a vendor asks of orders is out of bounds."""

    code = "order-rules-invalid"


class CancelFeeHigher(Conflict):
    """To cancel now costs more than the retailer was shown."""

    code = "cancel-fee-higher"


class CancelCreditHigher(Conflict):
    """A vendor that cancels now gives its retailer more than it was shown."""

    code = "cancel-credit-higher"


class CancelFeeNotFound(NotFound):
    """Nothing was charged for cancelling the order, or it was given up."""

    code = "cancel-fee-not-found"


class QuoteNotFound(NotFound):
    code = "quote-not-found"


class QuoteOver(Conflict):
    """The quote's time is over, or an order was made of it."""

    code = "quote-over"


class ProposalNotFound(NotFound):
    code = "proposal-not-found"


class ProposalOpen(Conflict):
    """An order has one open proposal at most."""

    code = "proposal-open"


class ProposalOver(Conflict):
    """It was answered, or the order changed since it was made."""

    code = "proposal-over"


class TemplateNotFound(NotFound):
    code = "template-not-found"


class ClaimNotFound(NotFound):
    code = "claim-not-found"


class ClaimAnswered(Conflict):
    """A claim is accepted or declined once."""

    code = "claim-answered"


class ExchangeNotFound(NotFound):
    code = "exchange-not-found"


class ExchangeAnswered(Conflict):
    """An exchange is done, declined or withdrawn once."""

    code = "exchange-answered"


class ExchangePriceChanged(Conflict):
    """The other goods cost more than the retailer was shown when it asked."""

    code = "exchange-price-changed"


class PhotoInvalid(Invalid):
    """No picture that can be shown."""

    code = "photo-invalid"


class PhotoNotFound(NotFound):
    """The claim was made without a photo."""

    code = "photo-not-found"


class NoCustomerYet(Conflict):
    """The retailer has never ordered on credit from this vendor by itself."""

    code = "no-customer-yet"
