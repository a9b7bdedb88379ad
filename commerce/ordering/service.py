"""The verbs of ordering: from quote to return. Each takes the session first and never commits."""

from commerce.ordering.acceptance import accept, back_orders_to_fill, fill_back_order
from commerce.ordering.approvals import approvals_to_escalate, approve, escalate
from commerce.ordering.back_orders import end_back_order
from commerce.ordering.cancelling import CancelCost, CancelTerms, cancel_cost, waive_cancel_fee
from commerce.ordering.claims import accept_claim, decline_claim, make_claim
from commerce.ordering.ending import (
    cancel,
    close_short,
    decline,
    decline_waiting,
    due_to_expire,
    expire,
    left_over_due,
    release,
)
from commerce.ordering.exchanges import (
    accept_exchange,
    ask_exchange,
    decline_exchange,
    exchange,
)
from commerce.ordering.fulfilment import deliver, take_back
from commerce.ordering.moves import SYSTEM, Actor, Seen
from commerce.ordering.placement import place, place_for
from commerce.ordering.proposals import confirm_change, decline_change, propose_change
from commerce.ordering.queries import Rules
from commerce.ordering.quotes import (
    QUOTES_KEPT,
    Again,
    AgainLine,
    Kept,
    delete_old_quotes,
    keep_quote,
    place_quoted,
    quote_again,
)
from commerce.ordering.quoting import Quote, QuotedLine, Wish, quote
from commerce.ordering.rules import HandoverTerms, cancel_terms, handover_terms, set_rules
from commerce.ordering.slots import choose_slot, give_up_slot
from commerce.ordering.templates import (
    drop_template,
    keep_template,
    quote_template,
    template_of,
    templates_of,
)

__all__ = [
    "QUOTES_KEPT",
    "SYSTEM",
    "Actor",
    "Again",
    "AgainLine",
    "CancelCost",
    "CancelTerms",
    "HandoverTerms",
    "Kept",
    "Quote",
    "QuotedLine",
    "Rules",
    "Seen",
    "Wish",
    "accept",
    "accept_claim",
    "accept_exchange",
    "approvals_to_escalate",
    "approve",
    "ask_exchange",
    "back_orders_to_fill",
    "cancel",
    "cancel_cost",
    "cancel_terms",
    "choose_slot",
    "close_short",
    "confirm_change",
    "decline",
    "decline_change",
    "decline_claim",
    "decline_exchange",
    "decline_waiting",
    "delete_old_quotes",
    "deliver",
    "drop_template",
    "due_to_expire",
    "end_back_order",
    "escalate",
    "exchange",
    "expire",
    "fill_back_order",
    "give_up_slot",
    "handover_terms",
    "keep_quote",
    "keep_template",
    "left_over_due",
    "make_claim",
    "place",
    "place_for",
    "place_quoted",
    "propose_change",
    "quote",
    "quote_again",
    "quote_template",
    "release",
    "set_rules",
    "take_back",
    "template_of",
    "templates_of",
    "waive_cancel_fee",
]
