"""Who may do what: the one table. Routes ask for a permission, never for a list of roles.

A platform role reads across the market. A vendor's or retailer's member acts for one business, within the
position that its owner gave. An API key has some of these names as its scopes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

PLATFORM_ROLES: Final = ("admin", "loan_officer", "analyst")
BUSINESS_ROLES: Final = ("vendor", "retailer")
ROLES: Final = ("admin", *BUSINESS_ROLES, "loan_officer", "analyst")
"""Platform roles (admin, loan_officer, analyst) see the market; vendor and retailer see their business."""

POSITIONS: Final = ("owner", "accountant", "cashier", "salesman", "collector")
"""What a person is within the business that they belong to."""

EVERYBODY: Final = (*PLATFORM_ROLES, *BUSINESS_ROLES)
OWNER: Final = ("owner",)
OFFICE: Final = ("owner", "accountant")
COUNTER: Final = ("owner", "salesman", "cashier")
TILL: Final = ("owner", "accountant", "salesman", "cashier")
FIELD: Final = ("owner", "accountant", "salesman", "collector")
MONEY: Final = ("owner", "accountant", "cashier", "collector")


class Permission(NamedTuple):
    """The roles that have it and, of a vendor's or retailer's members, the positions."""

    roles: tuple[str, ...]
    positions: tuple[str, ...] = POSITIONS
    is_scope: bool = True
    """Whether an API key can have it. What makes keys, members and log-ins is for people alone."""


PERMISSIONS: Final[dict[str, Permission]] = {
    "market:read": Permission(EVERYBODY),
    "catalogue:read": Permission(EVERYBODY),
    "products:write": Permission(("admin", *BUSINESS_ROLES), OFFICE),
    "offers:write": Permission(("vendor",), OFFICE),
    "prices:read": Permission(BUSINESS_ROLES),
    "prices:watch": Permission(BUSINESS_ROLES, OFFICE),
    "prices:compare": Permission(("retailer",)),
    "stock:read": Permission(BUSINESS_ROLES),
    "stock:write": Permission(BUSINESS_ROLES, ("owner", "accountant", "cashier")),
    "orders:read": Permission(EVERYBODY),
    "orders:place": Permission(("retailer",), COUNTER),
    "orders:place-for": Permission(("vendor",), ("owner", "salesman")),
    "orders:decide": Permission(("vendor",), ("owner", "salesman")),
    "orders:rule": Permission(("vendor",), OFFICE),
    "orders:change": Permission(BUSINESS_ROLES, COUNTER),
    "orders:claim": Permission(("retailer",), COUNTER),
    "orders:exchange": Permission(BUSINESS_ROLES, COUNTER),
    "disputes:read": Permission(("admin", *BUSINESS_ROLES)),
    "disputes:work": Permission(BUSINESS_ROLES, ("owner", "accountant", "salesman")),
    "disputes:decide": Permission(("admin",)),
    "orders:deliver": Permission(("vendor",), COUNTER),
    "slots:read": Permission(("vendor",)),
    "deliveries:prove": Permission(("vendor",), ("owner", "cashier", "salesman", "collector")),
    "proofs:read": Permission(BUSINESS_ROLES),
    "invoices:read": Permission(BUSINESS_ROLES),
    "tax:read": Permission(BUSINESS_ROLES),
    "tax:manage": Permission(BUSINESS_ROLES, OFFICE),
    "credit:read": Permission(BUSINESS_ROLES),
    "credit:grant": Permission(("vendor",), OWNER),
    "credit:approve": Permission(("vendor",), OFFICE),
    "payments:record": Permission(("vendor",), MONEY),
    "payments:undo": Permission(("vendor",), OFFICE),
    "payments:claim": Permission(("retailer",), MONEY),
    "payments:decide": Permission(("vendor",), OFFICE),
    "payments:allocate": Permission(("vendor",), OFFICE),
    "customers:read": Permission(BUSINESS_ROLES),
    "customers:write": Permission(BUSINESS_ROLES, TILL),
    "khata:receive": Permission(BUSINESS_ROLES, MONEY),
    "khata:write": Permission(BUSINESS_ROLES, TILL),
    "khata:undo": Permission(BUSINESS_ROLES, OFFICE),
    "shop-prices:read": Permission(BUSINESS_ROLES),
    "shop-prices:write": Permission(BUSINESS_ROLES, TILL),
    "reminders:read": Permission(BUSINESS_ROLES, TILL),
    "reminders:write": Permission(BUSINESS_ROLES, TILL),
    "reminders:rule": Permission(BUSINESS_ROLES, OFFICE),
    "bills:read": Permission(BUSINESS_ROLES),
    "bills:make": Permission(BUSINESS_ROLES, TILL),
    "bills:undo": Permission(BUSINESS_ROLES, OFFICE),
    "billing:rule": Permission(BUSINESS_ROLES, OFFICE),
    "purchases:read": Permission(BUSINESS_ROLES, ("owner", "accountant", "cashier")),
    "purchases:write": Permission(BUSINESS_ROLES, ("owner", "accountant", "cashier")),
    "purchases:undo": Permission(BUSINESS_ROLES, OFFICE),
    "suppliers:erase": Permission(BUSINESS_ROLES, OWNER, is_scope=False),
    "expenses:read": Permission(BUSINESS_ROLES, ("owner", "accountant", "cashier")),
    "expenses:write": Permission(BUSINESS_ROLES, ("owner", "accountant", "cashier")),
    "expenses:undo": Permission(BUSINESS_ROLES, OFFICE),
    "messages:read": Permission(BUSINESS_ROLES),
    "messages:send": Permission(BUSINESS_ROLES, TILL),
    "messages:rule": Permission(BUSINESS_ROLES, OFFICE),
    "customers:erase": Permission(BUSINESS_ROLES, OWNER, is_scope=False),
    "debts:read": Permission(("vendor",), FIELD),
    "collection:work": Permission(("vendor",), FIELD),
    "collection:assign": Permission(("vendor",), OFFICE),
    "openings:write": Permission(("vendor",), OFFICE),
    "interest:charge": Permission(("vendor",), OFFICE),
    "debts:write-off": Permission(("vendor",), OFFICE),
    "positions:export": Permission(("admin", "loan_officer", *BUSINESS_ROLES), OFFICE),
    "books:read": Permission(BUSINESS_ROLES, OFFICE),
    "books:undo": Permission(BUSINESS_ROLES, OFFICE),
    "books:export": Permission(BUSINESS_ROLES, OFFICE),
    "metrics:read": Permission(
        ("admin", "loan_officer", *BUSINESS_ROLES), ("owner", "accountant", "salesman")
    ),
    "exposures:read": Permission(("admin", "loan_officer")),
    "limits:advise": Permission(("admin", "loan_officer"), is_scope=False),
    "scores:read": Permission(EVERYBODY, ("owner", "accountant", "salesman")),
    "scores:read-own": Permission(("retailer",), OFFICE),
    "consents:manage": Permission(("retailer",), OWNER, is_scope=False),
    "forecasts:read": Permission(("vendor", *PLATFORM_ROLES), ("owner", "accountant", "salesman")),
    "figures:read": Permission(PLATFORM_ROLES),
    "risk:rule": Permission(("admin",), is_scope=False),
    "risk:score": Permission(("admin", "loan_officer")),
    "risk:watch": Permission(("admin", "vendor"), OFFICE),
    "events:read": Permission(BUSINESS_ROLES, OFFICE),
    "webhooks:manage": Permission(BUSINESS_ROLES, OWNER),
    "members:read": Permission(BUSINESS_ROLES, is_scope=False),
    "members:manage": Permission(BUSINESS_ROLES, OWNER, is_scope=False),
    "keys:manage": Permission(BUSINESS_ROLES, OWNER, is_scope=False),
    "audit:read": Permission(("admin", *BUSINESS_ROLES), OWNER),
    "people:erase": Permission(("admin",), is_scope=False),
}
