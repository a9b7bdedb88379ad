"""The verbs of ordering: from quote to return. Each takes the session first and never commits."""

from commerce.ordering.fulfilment import (
    accept,
    cancel,
    close_short,
    decline,
    deliver,
    due_to_expire,
    expire,
    take_back,
)
from commerce.ordering.moves import SYSTEM, Actor
from commerce.ordering.placement import Quote, QuotedLine, Wish, place, quote

__all__ = [
    "SYSTEM",
    "Actor",
    "Quote",
    "QuotedLine",
    "Wish",
    "accept",
    "cancel",
    "close_short",
    "decline",
    "deliver",
    "due_to_expire",
    "expire",
    "place",
    "quote",
    "take_back",
]
