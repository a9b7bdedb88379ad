"""What happened between a shop and those it knows; who they are is read by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class CustomerAdded(DomainEvent):
    """A shop took a customer in."""

    type: ClassVar[str] = "customer-added"

    customer_id: str


@dataclass(frozen=True)
class CustomerForgotten(DomainEvent):
    """A shop forgot a customer; the books keep the id."""

    type: ClassVar[str] = "customer-forgotten"

    customer_id: str
