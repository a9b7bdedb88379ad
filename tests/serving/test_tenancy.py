"""Every route with every other role's and every other tenant's token."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from commerce.identity import tokens
from commerce.ordering import service as ordering
from foundation import clock, database
from foundation.object_store import object_store
from serving.app import create_app
from tests.serving.conftest import Person, Register
from tests.serving.market import Market, keyed, open_market

pytestmark = pytest.mark.committing

EVERYONE = ("admin", "analyst", "loan_officer", "retailer", "vendor")
TRADERS = ("retailer", "vendor")
PLATFORM = ("admin", "analyst", "loan_officer")
POSITIONS = ("owner", "accountant", "cashier", "salesman", "collector")
OWNER = ("owner",)
OFFICE = ("owner", "accountant")
FIELD = ("owner", "accountant", "salesman", "collector")
MONEY = ("owner", "accountant", "cashier", "collector")
TILL = ("owner", "accountant", "salesman", "cashier")
COUNTER = ("owner", "salesman", "cashier")
DRAWER = ("owner", "accountant", "cashier")
DOOR = (*COUNTER, "collector")
NEXT_YEAR = (clock.now() + timedelta(days=365)).isoformat()
OWN = (200, None)
"""A stranger of the right role gets an answer about its own business."""


@dataclass(frozen=True)
class Case:
    """A route, who may ask it, and what a stranger of each permitted role gets: status and problem code."""

    route: str
    roles: tuple[str, ...]
    strangers: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    positions: tuple[str, ...] = POSITIONS


HIDDEN = {"vendor": (404, "order-not-found"), "retailer": (404, "order-not-found")}
NO_CUSTOMER = dict.fromkeys(TRADERS, (404, "customer-not-found"))
NO_REMINDER = dict.fromkeys(TRADERS, (404, "reminder-not-found"))
NO_DRAFT = dict.fromkeys(TRADERS, (404, "bill-draft-not-found"))
NO_MESSAGE = dict.fromkeys(TRADERS, (404, "message-not-found"))
NO_INVITATION = dict.fromkeys(TRADERS, (404, "invitation-not-found"))
NO_MEMBER = dict.fromkeys(TRADERS, (404, "member-not-found"))
NO_KEY = dict.fromkeys(TRADERS, (404, "api-key-not-found"))
NO_CLAIM = dict.fromkeys(TRADERS, (404, "payment-claim-not-found"))
NO_WRITE_OFF = {"vendor": (404, "write-off-not-found")}
NO_CREDIT = (404, "no-credit-agreement")
NO_BANK_LINE = {"vendor": (404, "bank-line-not-found")}
BANK_FILE = "RGF0ZSxOYXJyYXRpb24sQ3JlZGl0CjAxLzA0LzI2LFVQSSwxLjAwCg=="
NO_ENDPOINT = dict.fromkeys(TRADERS, (404, "webhook-endpoint-not-found"))
NO_DELIVERY = dict.fromkeys(TRADERS, (404, "webhook-delivery-not-found"))
PICTURE = "iVBORw0KGgo="
NO_GOODS_CLAIM = dict.fromkeys(TRADERS, (404, "claim-not-found"))
NO_PROOF = dict.fromkeys(TRADERS, (404, "delivery-not-found"))
NO_SLOT = {"vendor": (404, "delivery-slot-not-found")}
NO_INVOICE = dict.fromkeys(TRADERS, (404, "invoice-not-found"))
NO_TEMPLATE = {"retailer": (404, "template-not-found")}
NO_ENTRY = dict.fromkeys(TRADERS, (404, "ledger-transaction-not-found"))
NO_STOCK_IN = dict.fromkeys(TRADERS, (404, "stock-in-not-found"))
NO_SUPPLIER = dict.fromkeys(TRADERS, (404, "supplier-not-found"))
NO_EXPENSE = dict.fromkeys(TRADERS, (404, "expense-not-found"))
BASKET = {"vendor_id": "{vendor_id}", "lines": [{"product_id": "{product_id}", "quantity": "1"}]}
LINE = {"lines": [{"line_no": 1, "quantity": "1"}]}
A_LIMIT = {"limit": "5", "reason": "test", "net_days": 7}
PUBLIC = {
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/login/code",
    "POST /api/v1/auth/login/phone",
    "POST /api/v1/auth/password/forgotten",
    "POST /api/v1/auth/password/reset",
    "POST /api/v1/auth/invitations/accept",
    "GET /api/v1/auth/keys",
    "GET /b/{token}",
    "GET /k/{token}",
    "GET /health",
    "GET /metrics",
}
DISPUTERS = ("owner", "accountant", "salesman")
NO_DISPUTE = {"vendor": (404, "dispute-not-found"), "retailer": (404, "dispute-not-found")}
CASES = [
    Case("GET /api/v1/auth/profile", EVERYONE, {"vendor": OWN, "retailer": OWN}),
    Case(
        "POST /api/v1/auth/password", EVERYONE, body={"password": "not mine", "new_password": "long enough"}
    ),
    Case("POST /api/v1/auth/phone", EVERYONE, body={"phone": "not one at all"}),
    Case("POST /api/v1/auth/phone/confirm", EVERYONE, body={"phone": "+9779841234567", "code": "000000"}),
    Case("POST /api/v1/auth/second-factor/confirm", EVERYONE, body={"code": "000000"}),
    Case("POST /api/v1/auth/second-factor/remove", EVERYONE, body={"code": "000000"}),
    Case("POST /api/v1/auth/second-factor", EVERYONE),
    Case("GET /api/v1/members", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/members/invitations", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OWNER),
    Case(
        "POST /api/v1/members/invitations",
        TRADERS,
        {"vendor": (201, None), "retailer": (201, None)},
        {"full_name": "Some One", "email": "{new}@people.example", "position": "cashier"},
        positions=OWNER,
    ),
    Case("DELETE /api/v1/members/invitations/{invitation_id}", TRADERS, NO_INVITATION, positions=OWNER),
    Case("PATCH /api/v1/members/{user_id}", TRADERS, NO_MEMBER, {"position": "cashier"}, positions=OWNER),
    Case("DELETE /api/v1/members/{user_id}", TRADERS, NO_MEMBER, positions=OWNER),
    Case("GET /api/v1/api-keys", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OWNER),
    Case(
        "POST /api/v1/api-keys",
        TRADERS,
        {"vendor": (201, None), "retailer": (201, None)},
        {"name": "A till", "scopes": ["orders:read"]},
        positions=OWNER,
    ),
    Case("DELETE /api/v1/api-keys/{key_id}", TRADERS, NO_KEY, positions=OWNER),
    Case("GET /api/v1/audit", ("admin", *TRADERS), {"vendor": OWN, "retailer": OWN}, positions=OWNER),
    Case("DELETE /api/v1/people/{user_id}", ("admin",)),
    # Names, places and offered prices are the market's; books are not.
    Case("GET /api/v1/businesses", EVERYONE),
    Case("GET /api/v1/businesses/{vendor_id}", EVERYONE),
    Case("GET /api/v1/products", EVERYONE, {"vendor": OWN}, query={"vendor_id": "{vendor_id}"}),
    Case(
        "POST /api/v1/products",
        ("admin", *TRADERS),
        body={"sku": "{new}", "name": "Rice", "category": "staples", "base_unit": "kg"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/products/{product_id}", EVERYONE, {"vendor": (404, "product-not-found")}),
    Case(
        "PATCH /api/v1/products/{product_id}",
        ("admin", *TRADERS),
        dict.fromkeys(("admin", *TRADERS), (404, "product-not-found")),
        {"name": "Mine"},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/products/{product_id}/offers",
        ("vendor",),
        {"vendor": (404, "product-not-found")},
        {"unit": "packet", "unit_price": "9"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/schemes", EVERYONE, {"vendor": OWN}),
    Case(
        "POST /api/v1/schemes",
        ("vendor",),
        {"vendor": (404, "product-not-found")},
        {
            "code": "TEST",
            "name": "Test",
            "kind": "percent",
            "product_id": "{product_id}",
            "slabs": {"slabs": [{"begins_at": "0", "off": "5"}]},
        },
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/schemes/{code}/end",
        ("vendor",),
        {"vendor": (404, "scheme-not-found")},
        positions=OFFICE,
    ),
    Case("GET /api/v1/customer-prices", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case(
        "POST /api/v1/customer-prices",
        ("vendor",),
        {"vendor": (404, "product-not-found")},
        {"retailer_id": "{retailer_id}", "product_id": "{product_id}", "percent_off": "5"},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/stock/receipts",
        TRADERS,
        {"vendor": (201, None), "retailer": (201, None)},
        {"lines": [{"product_id": "{product_id}", "quantity": "1", "batch": "B1"}]},
        positions=("owner", "accountant", "cashier"),
    ),
    Case(
        "GET /api/v1/stock/receipts/{receipt_id}",
        TRADERS,
        {"vendor": (404, "receipt-not-found"), "retailer": (404, "receipt-not-found")},
    ),
    Case("GET /api/v1/goods-receipts", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "GET /api/v1/goods-receipts/{receipt_id}",
        TRADERS,
        {"vendor": (404, "goods-receipt-not-found"), "retailer": (404, "goods-receipt-not-found")},
    ),
    Case("GET /api/v1/stock/levels", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/products/low-stock", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/products/expiring-soon", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/stock/batches", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/stock/movements", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "PUT /api/v1/stock/levels/{product_id}/threshold",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},  # the goods that they took in above
        {"quantity": "5"},
        positions=("owner", "accountant", "cashier"),
    ),
    Case(
        "POST /api/v1/stock/adjustments",
        TRADERS,
        {"vendor": (201, None), "retailer": (201, None)},
        {"reason": "found", "lines": [{"product_id": "{product_id}", "quantity": "1"}]},
        positions=("owner", "accountant", "cashier"),
    ),
    Case(
        "POST /api/v1/stock/openings",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        {"sheet": "cHJvZHVjdCxxdWFudGl0eQpub25lLDEK"},
        positions=("owner", "accountant", "cashier"),
    ),
    Case("POST /api/v1/orders/quote", ("retailer",), {"retailer": (200, None)}, "{wish}", positions=COUNTER),
    Case("POST /api/v1/orders", ("retailer",), {"retailer": NO_CREDIT}, "{wish}", positions=COUNTER),
    Case(
        "POST /api/v1/orders/bulk",
        ("retailer",),
        {"retailer": (200, None)},
        {"orders": [{"vendor_id": "{vendor_id}", "quote_id": "{quote_id}"}]},
        positions=COUNTER,
    ),
    Case(
        "POST /api/v1/orders/{order_id}/requote",
        ("retailer",),
        {"retailer": (404, "order-not-found")},
        positions=COUNTER,
    ),
    Case("POST /api/v1/quotes", ("retailer",), {"retailer": (201, None)}, "{wish}", positions=COUNTER),
    Case(
        "GET /api/v1/quotes/{quote_id}",
        ("retailer",),
        {"retailer": (404, "quote-not-found")},
        positions=COUNTER,
    ),
    Case("GET /api/v1/order-rules/{vendor_id}", EVERYONE),
    Case("PUT /api/v1/order-rules", ("vendor",), {"vendor": OWN}, {"minimum_order": "5"}, positions=OFFICE),
    Case("GET /api/v1/orders", EVERYONE, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/orders/{order_id}", EVERYONE, HIDDEN),
    Case("POST /api/v1/orders/{order_id}/accept", ("vendor",), HIDDEN, {}, positions=("owner", "salesman")),
    Case(
        "POST /api/v1/orders/on-behalf",
        ("vendor",),
        {"vendor": NO_CREDIT},
        {"retailer_id": "{retailer_id}", "lines": [{"product_id": "{product_id}", "quantity": "1"}]},
        positions=("owner", "salesman"),
    ),
    Case(
        "POST /api/v1/order-templates",
        ("retailer",),
        {"retailer": (201, None)},
        {**BASKET, "name": "Monday"},
        positions=COUNTER,
    ),
    Case("GET /api/v1/order-templates", ("retailer",), {"retailer": OWN}, positions=COUNTER),
    Case("DELETE /api/v1/order-templates/{template_id}", ("retailer",), NO_TEMPLATE, positions=COUNTER),
    Case("POST /api/v1/order-templates/{template_id}/quote", ("retailer",), NO_TEMPLATE, positions=COUNTER),
    Case(
        "POST /api/v1/orders/{order_id}/claims",
        ("retailer",),
        {"retailer": (404, "order-not-found")},
        {**LINE, "kind": "broken"},
        positions=COUNTER,
    ),
    Case("GET /api/v1/orders/{order_id}/claims", EVERYONE, HIDDEN),
    Case("GET /api/v1/orders/{order_id}/claims/{new_id}/photo", EVERYONE, NO_GOODS_CLAIM),
    Case(
        "POST /api/v1/orders/{order_id}/claims/{new_id}/accept",
        ("vendor",),
        HIDDEN,
        {},
        positions=("owner", "salesman"),
    ),
    Case(
        "POST /api/v1/orders/{order_id}/claims/{new_id}/decline",
        ("vendor",),
        HIDDEN,
        {"reason": "test"},
        positions=("owner", "salesman"),
    ),
    Case(
        "PUT /api/v1/orders/{order_id}/slot",
        ("retailer",),
        HIDDEN,
        {"slot_id": "{new_id}", "day": "2030-01-01"},
        positions=COUNTER,
    ),
    Case("DELETE /api/v1/orders/{order_id}/slot", ("retailer",), HIDDEN, positions=COUNTER),
    Case("GET /api/v1/delivery-slots", ("vendor",), {"vendor": OWN}),
    Case(
        "POST /api/v1/delivery-slots",
        ("vendor",),
        {"vendor": (201, None)},
        {"zone": "Birendranagar", "weekday": 1, "begins": "09:00", "ends": "12:00", "capacity": 5},
        positions=OFFICE,
    ),
    Case("GET /api/v1/delivery-slots/days", ("vendor",), {"vendor": OWN}),
    Case(
        "GET /api/v1/delivery-slots/open",
        ("retailer",),
        {"retailer": OWN},
        query={"vendor_id": "{vendor_id}"},
        positions=COUNTER,
    ),
    Case("PATCH /api/v1/delivery-slots/{new_id}", ("vendor",), NO_SLOT, {"capacity": 5}, positions=OFFICE),
    Case("DELETE /api/v1/delivery-slots/{new_id}", ("vendor",), NO_SLOT, positions=OFFICE),
    Case(
        "PUT /api/v1/delivery-slots/{new_id}/days/{day}",
        ("vendor",),
        NO_SLOT,
        {"is_closed": True},
        positions=OFFICE,
    ),
    Case(
        "GET /api/v1/deliveries/without-proof",
        ("vendor",),
        {"vendor": OWN},
        positions=DOOR,
    ),
    Case(
        "POST /api/v1/deliveries/{new_id}/proofs",
        ("vendor",),
        NO_PROOF,
        {"received_by": "Maya"},
        positions=DOOR,
    ),
    Case("GET /api/v1/deliveries/{new_id}/proofs", TRADERS, NO_PROOF),
    Case("GET /api/v1/deliveries/{new_id}/proofs/{claim_id}/photo", TRADERS, NO_PROOF),
    Case("GET /api/v1/deliveries/{new_id}/proofs/{claim_id}/signature", TRADERS, NO_PROOF),
    Case("DELETE /api/v1/deliveries/{new_id}/receivers", ("admin",)),
    Case(
        "POST /api/v1/orders/{order_id}/exchanges",
        TRADERS,
        HIDDEN,
        {"back": LINE["lines"], "same": LINE["lines"], "reason": "test"},
        positions=COUNTER,
    ),
    Case("GET /api/v1/orders/{order_id}/exchanges", EVERYONE, HIDDEN),
    Case(
        "POST /api/v1/orders/{order_id}/exchanges/{new_id}/accept",
        ("vendor",),
        HIDDEN,
        {},
        positions=("owner", "salesman"),
    ),
    Case("POST /api/v1/orders/{order_id}/exchanges/{new_id}/decline", TRADERS, HIDDEN, {}, positions=COUNTER),
    Case(
        "POST /api/v1/disputes",
        TRADERS,
        NO_DISPUTE,
        {
            "subject": "order",
            "subject_id": "{order_id}",
            "counterparty_id": "{vendor_id}",
            "amount": "1",
            "reason": "other",
        },
        positions=DISPUTERS,
    ),
    Case("GET /api/v1/disputes", ("admin", *TRADERS), {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/disputes/{new_id}", ("admin", *TRADERS), NO_DISPUTE),
    Case("GET /api/v1/disputes/{new_id}/evidence", ("admin", *TRADERS), NO_DISPUTE),
    Case("POST /api/v1/disputes/{new_id}/answer", TRADERS, NO_DISPUTE, {"answer": "no"}, positions=DISPUTERS),
    Case(
        "POST /api/v1/disputes/{new_id}/settlement",
        TRADERS,
        NO_DISPUTE,
        {"outcome": "withdrawn"},
        positions=DISPUTERS,
    ),
    Case("POST /api/v1/disputes/{new_id}/escalation", TRADERS, NO_DISPUTE, {}, positions=DISPUTERS),
    Case("POST /api/v1/disputes/{new_id}/decision", ("admin",), {}, {"is_upheld": True, "note": "no"}),
    Case("GET /api/v1/back-orders", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=COUNTER),
    Case(
        "POST /api/v1/back-orders/{quote_id}/fill",
        ("vendor",),
        {"vendor": (404, "quote-not-found")},
        positions=("owner", "salesman"),
    ),
    Case(
        "DELETE /api/v1/back-orders/{quote_id}",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "quote-not-found")),
        positions=COUNTER,
    ),
    Case("POST /api/v1/orders/{order_id}/proposals", TRADERS, HIDDEN, LINE, positions=COUNTER),
    Case("GET /api/v1/orders/{order_id}/proposals", EVERYONE, HIDDEN),
    Case(
        "POST /api/v1/orders/{order_id}/proposals/{proposal_id}/confirm", TRADERS, HIDDEN, positions=COUNTER
    ),
    Case(
        "POST /api/v1/orders/{order_id}/proposals/{proposal_id}/decline", TRADERS, HIDDEN, positions=COUNTER
    ),
    Case("POST /api/v1/orders/{order_id}/decline", ("vendor",), HIDDEN, {}, positions=("owner", "salesman")),
    Case("POST /api/v1/orders/{order_id}/cancel", TRADERS, HIDDEN, {}, positions=COUNTER),
    Case("GET /api/v1/orders/{order_id}/cancellation", EVERYONE, HIDDEN),
    Case("POST /api/v1/orders/{order_id}/cancellation/waive", ("vendor",), HIDDEN, positions=OFFICE),
    Case("POST /api/v1/orders/{order_id}/close-short", ("vendor",), HIDDEN, {}, positions=COUNTER),
    Case("POST /api/v1/orders/{order_id}/deliveries", ("vendor",), HIDDEN, {}, positions=COUNTER),
    Case(
        "POST /api/v1/orders/{order_id}/returns",
        ("vendor",),
        HIDDEN,
        {**LINE, "reason": "test"},
        positions=COUNTER,
    ),
    Case(
        "PATCH /api/v1/orders/{order_id}/status", TRADERS, HIDDEN, {"status": "cancelled"}, positions=COUNTER
    ),
    Case("GET /api/v1/credit/limits", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "GET /api/v1/credit/limits/{retailer_id}/history",
        ("vendor",),
        {"vendor": NO_CREDIT},
        positions=OFFICE,
    ),
    Case(
        "GET /api/v1/financial-export/credit-summary",
        ("admin", "loan_officer", *TRADERS),
        {"vendor": OWN, "retailer": OWN},
        positions=OFFICE,
        query={"vendor_id": "{vendor_id}"},
    ),
    Case(
        "GET /api/v1/financial-export/tally",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        positions=OFFICE,
        query={"first": "2026-04-01", "last": "2026-04-30"},
    ),
    Case(
        "GET /api/v1/financial-metrics/retailer/{retailer_id}",
        ("admin", "loan_officer", *TRADERS),
        {"vendor": NO_CREDIT, "retailer": (404, "business-not-found")},
        positions=("owner", "accountant", "salesman"),
    ),
    Case("GET /api/v1/financial-metrics/exposures", ("admin", "loan_officer")),
    Case(
        "PUT /api/v1/financial-metrics/advisory-limits/{retailer_id}",
        ("admin", "loan_officer"),
        body={"limit": "5", "reason": "test"},
    ),
    Case(
        "POST /api/v1/credit/bank-statements/preview",
        ("vendor",),
        {"vendor": OWN},
        {"file": BANK_FILE},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/credit/bank-statements",
        ("vendor",),
        {"vendor": (201, None)},
        {"file": BANK_FILE},
        positions=OFFICE,
    ),
    Case("GET /api/v1/credit/bank-statements", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case("GET /api/v1/credit/bank-lines", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case(
        "POST /api/v1/credit/bank-lines/{line_id}/acceptance",
        ("vendor",),
        NO_BANK_LINE,
        {"parts": [{"retailer_id": "{retailer_id}", "amount": "1"}]},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/credit/bank-lines/{line_id}/link",
        ("vendor",),
        NO_BANK_LINE,
        {"payment_id": "{payment_id}"},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/credit/bank-lines/{line_id}/ignore",
        ("vendor",),
        NO_BANK_LINE,
        {"reason": "test"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/credit/stop", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case(
        "PUT /api/v1/credit/stop",
        ("vendor",),
        {"vendor": OWN},
        {"mode": "refuse", "reason": "test"},
        positions=OWNER,
    ),
    Case("GET /api/v1/credit/stop/{retailer_id}", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case(
        "PUT /api/v1/credit/stop/{retailer_id}",
        ("vendor",),
        {"vendor": NO_CREDIT},
        {"mode": "hold-all", "reason": "test"},
        positions=OWNER,
    ),
    Case("GET /api/v1/credit/approvals", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "POST /api/v1/credit/approvals/{order_id}/approval",
        ("vendor",),
        {"vendor": (404, "order-not-found")},
        {"amount": "5"},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/credit/approvals/{order_id}/decline",
        ("vendor",),
        {"vendor": (404, "order-not-found")},
        {"reason": "test"},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/credit/payment",
        ("vendor",),
        {"vendor": NO_CREDIT},
        {"retailer_id": "{retailer_id}", "amount": "1", "mode": "cash"},
        positions=("owner", "accountant", "cashier", "collector"),
    ),
    Case(
        "POST /api/v1/credit/payment/{payment_id}/reversal",
        ("vendor",),
        {"vendor": (404, "payment-not-found")},
        {"reason": "bounced"},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/credit/claims",
        ("retailer",),
        {"retailer": NO_CREDIT},
        {"vendor_id": "{vendor_id}", "amount": "1", "mode": "upi"},
        positions=MONEY,
    ),
    Case("GET /api/v1/credit/claims", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/credit/claims/{claim_id}", TRADERS, NO_CLAIM),
    Case("GET /api/v1/credit/claims/{claim_id}/evidence", TRADERS, NO_CLAIM),
    Case("POST /api/v1/credit/claims/{claim_id}/acceptance", ("vendor",), NO_CLAIM, {}, positions=OFFICE),
    Case(
        "POST /api/v1/credit/claims/{claim_id}/decline",
        ("vendor",),
        NO_CLAIM,
        {"reason": "test"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/credit/items/{counterparty_id}", TRADERS, dict.fromkeys(TRADERS, NO_CREDIT)),
    Case(
        "PUT /api/v1/credit/items/{item_id}/allocations",
        ("vendor",),
        {"vendor": (404, "credit-item-not-found")},
        {"settles": []},
        positions=OFFICE,
    ),
    Case("POST /api/v1/credit/advances/settlement", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case("GET /api/v1/credit/policy", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case("PUT /api/v1/credit/policy", ("vendor",), {"vendor": OWN}, {"write_off_max": "5"}, positions=OWNER),
    Case(
        "POST /api/v1/credit/write-offs",
        ("vendor",),
        {"vendor": (404, "credit-item-not-found")},
        {"item_id": "{item_id}", "reason": "test"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/credit/write-offs", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case(
        "POST /api/v1/credit/write-offs/{write_off_id}/approval", ("vendor",), NO_WRITE_OFF, positions=OFFICE
    ),
    Case(
        "POST /api/v1/credit/write-offs/{write_off_id}/decline", ("vendor",), NO_WRITE_OFF, positions=OFFICE
    ),
    Case("GET /api/v1/credit/statements/{counterparty_id}", TRADERS, dict.fromkeys(TRADERS, NO_CREDIT)),
    Case("GET /api/v1/credit/ageing", ("vendor",), {"vendor": OWN}, positions=FIELD),
    Case(
        "GET /api/v1/credit/items/{item_id}/days-past-due",
        ("vendor",),
        {"vendor": (404, "credit-item-not-found")},
        positions=FIELD,
    ),
    Case("GET /api/v1/credit/cash-flow", ("vendor",), {"vendor": OWN}, positions=FIELD),
    Case(
        "POST /api/v1/credit/cheques",
        ("vendor",),
        {"vendor": NO_CREDIT},
        {
            "retailer_id": "{retailer_id}",
            "amount": "1",
            "bank": "A bank",
            "number": "1",
            "cheque_date": "2026-01-01",
        },
        positions=MONEY,
    ),
    Case("GET /api/v1/credit/cheques", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "POST /api/v1/credit/cheques/{cheque_id}/{move}",
        ("vendor",),
        {"vendor": (404, "cheque-not-found")},
        {},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/credit/promises",
        ("vendor",),
        {"vendor": NO_CREDIT},
        {"retailer_id": "{retailer_id}", "amount": "1", "due_on": "2099-01-01"},
        positions=FIELD,
    ),
    Case("GET /api/v1/credit/promises", ("vendor",), {"vendor": OWN}, positions=FIELD),
    Case("GET /api/v1/credit/collection-run", ("vendor",), {"vendor": OWN}, positions=FIELD),
    Case(
        "POST /api/v1/credit/visits",
        ("vendor",),
        {"vendor": NO_CREDIT},
        {"retailer_id": "{retailer_id}", "result": "paid"},
        positions=FIELD,
    ),
    Case(
        "PUT /api/v1/credit/collectors/{retailer_id}",
        ("vendor",),
        {"vendor": NO_CREDIT},
        {"collector_id": None},
        positions=OFFICE,
    ),
    *(
        Case(
            f"GET /api/v1/price-intelligence/{what}",
            TRADERS,
            {"vendor": (404, "product-not-found"), "retailer": OWN},
            query={"product_id": "{product_id}"},
        )
        for what in ("history", "market-average", "recommendations")
    ),
    Case(
        "GET /api/v1/price-intelligence/best-price",
        ("retailer",),
        {"retailer": OWN},
        query={"product_id": "{product_id}", "quantity": "1"},
    ),
    Case("GET /api/v1/price-intelligence/alerts", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "GET /api/v1/price-intelligence/alerts/{new}",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "price-alert-not-found")),
    ),
    Case(
        "POST /api/v1/price-intelligence/alerts/{new}/state",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "price-alert-not-found")),
        {"state": "closed"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/price-intelligence/alert-rule", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "PUT /api/v1/price-intelligence/alert-rule",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        {"band_percent": "10"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/offers/sheet", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case(
        "POST /api/v1/offers/sheet/preview",
        ("vendor",),
        {"vendor": (400, "sheet-invalid")},
        {"sheet": "bm90aGluZw=="},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/offers/sheet",
        ("vendor",),
        {"vendor": (400, "sheet-invalid")},
        {"sheet": "bm90aGluZw==", "token": "0" * 64},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/credit/openings",
        ("vendor",),
        {"vendor": (400, "sheet-invalid")},
        {"sheet": "bm90aGluZw=="},
        positions=OFFICE,
    ),
    Case(
        "PUT /api/v1/credit/interest-rule",
        ("vendor",),
        {"vendor": OWN},
        {"percent": "18", "after_days": 5},
        positions=OWNER,
    ),
    Case("POST /api/v1/credit/interest/{retailer_id}", ("vendor",), {"vendor": NO_CREDIT}, positions=OFFICE),
    Case("GET /api/v1/credit/history", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "GET /api/v1/credit/ageing/{counterparty_id}", TRADERS, {"vendor": NO_CREDIT, "retailer": NO_CREDIT}
    ),
    Case("GET /api/v1/credit/score", ("retailer",), {"retailer": OWN}, positions=OFFICE),
    Case(
        "GET /api/v1/credit/score/{retailer_id}",
        EVERYONE,
        {"vendor": (403, "score-not-shared"), "retailer": (403, "score-not-shared")},
        positions=("owner", "accountant", "salesman"),
    ),
    Case("GET /api/v1/credit/consents", ("retailer",), {"retailer": OWN}, positions=OWNER),
    Case(
        "POST /api/v1/credit/consents",
        ("retailer",),
        {"retailer": OWN},
        {"vendor_id": "{vendor_id}"},
        positions=OWNER,
    ),
    Case(
        "POST /api/v1/credit/consents/withdraw",
        ("retailer",),
        {"retailer": OWN},
        {"vendor_id": None},
        positions=OWNER,
    ),
    Case("GET /api/v1/changes", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OFFICE),
    Case(
        "POST /api/v1/webhooks/endpoints",
        TRADERS,
        {"vendor": (201, None), "retailer": (201, None)},
        {"url": "https://shop.example/webhooks"},
        positions=OWNER,
    ),
    Case("GET /api/v1/webhooks/endpoints", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OWNER),
    Case("GET /api/v1/webhooks/endpoints/{endpoint_id}", TRADERS, NO_ENDPOINT, positions=OWNER),
    Case(
        "PATCH /api/v1/webhooks/endpoints/{endpoint_id}",
        TRADERS,
        NO_ENDPOINT,
        {"is_enabled": False},
        positions=OWNER,
    ),
    Case(
        "POST /api/v1/webhooks/endpoints/{endpoint_id}/rotate-secret", TRADERS, NO_ENDPOINT, positions=OWNER
    ),
    Case(
        "POST /api/v1/webhooks/endpoints/{endpoint_id}/replay",
        TRADERS,
        NO_ENDPOINT,
        {"since": "2026-01-01T00:00:00Z"},
        positions=OWNER,
    ),
    Case("GET /api/v1/webhooks/endpoints/{endpoint_id}/deliveries", TRADERS, NO_ENDPOINT, positions=OWNER),
    Case("DELETE /api/v1/webhooks/endpoints/{endpoint_id}", TRADERS, NO_ENDPOINT, positions=OWNER),
    Case("GET /api/v1/webhooks/deliveries/{delivery_id}", TRADERS, NO_DELIVERY, positions=OWNER),
    Case("POST /api/v1/webhooks/deliveries/{delivery_id}/replay", TRADERS, NO_DELIVERY, positions=OWNER),
    Case("GET /api/v1/invoices", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/invoices/{new_id}", TRADERS, NO_INVOICE),
    Case("GET /api/v1/invoices/{new_id}/pdf", TRADERS, NO_INVOICE),
    Case("GET /api/v1/invoices/{new_id}/slip", TRADERS, NO_INVOICE),
    Case("GET /api/v1/invoices/{new_id}/copies", TRADERS, NO_INVOICE),
    Case("POST /api/v1/invoices/{new_id}/link", TRADERS, NO_INVOICE),
    Case("POST /api/v1/customers/{customer_id}/khata-link", TRADERS, NO_CUSTOMER),
    Case("GET /api/v1/tax/profile", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "PUT /api/v1/tax/profile",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        {"profile": "unregistered"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/tax/classes", EVERYONE, query={"country": "NP"}),
    Case(
        "GET /api/v1/products/{product_id}/tax-class",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "product-not-found")),
    ),
    Case(
        "PUT /api/v1/products/{product_id}/tax-class",
        ("admin", *TRADERS),
        dict.fromkeys(("admin", *TRADERS), (404, "product-not-found")),
        {"tax_class": "biscuits", "country": "NP"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/risk-control/figures", ("admin", "loan_officer")),
    Case("GET /api/v1/risk-control/exposure", ("admin", "loan_officer")),
    Case(
        "GET /api/v1/risk-control/score",
        ("admin", "loan_officer"),
        query={"retailer_id": "01a1fa6f-115e-716d-ae0c-8e7fc6490264"},
    ),
    Case("GET /api/v1/risk-control/alerts", ("admin", "vendor"), {"vendor": OWN}, positions=OFFICE),
    Case(
        "GET /api/v1/risk-control/alerts/{new_id}",
        ("admin", "vendor"),
        {"vendor": (404, "risk-alert-not-found")},
        positions=OFFICE,
    ),
    Case("POST /api/v1/risk-control/alerts/{new_id}/acknowledgement", ("admin",), body={}),
    Case("POST /api/v1/risk-control/alerts/{new_id}/snooze", ("admin",), body={"until": "2030-01-01"}),
    Case("POST /api/v1/risk-control/alerts/{new_id}/closing", ("admin",), body={"reason": "test"}),
    Case(
        "POST /api/v1/risk-control/alerts/{new_id}/assignment",
        ("admin",),
        body={"owner_id": "01a1fa6f-115e-716d-ae0c-8e7fc6490264"},
    ),
    Case("GET /api/v1/risk-control/actions", ("admin", "vendor"), {"vendor": OWN}, positions=OFFICE),
    Case(
        "GET /api/v1/risk-control/actions/{new_id}",
        ("admin", "vendor"),
        {"vendor": (404, "risk-action-not-found")},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/risk-control/actions/{new_id}/reversal",
        ("vendor",),
        {"vendor": (404, "risk-action-not-found")},
        {"reason": "test"},
        positions=OWNER,
    ),
    Case("GET /api/v1/risk-control/bounds", ("vendor",), {"vendor": OWN}, positions=OFFICE),
    Case(
        "PUT /api/v1/risk-control/bounds",
        ("vendor",),
        {"vendor": OWN},
        {"is_on": True, "floor": "100.00", "step_max_percent": "20", "days_between": 14},
        positions=OWNER,
    ),
    Case("GET /api/v1/risk-control/rules", ("admin",)),
    Case(
        "POST /api/v1/risk-control/rules",
        ("admin",),
        body={"name": "late", "condition": "days_past_due > 30"},
    ),
    Case("GET /api/v1/risk-control/rules/{new_id}", ("admin",)),
    Case("POST /api/v1/risk-control/rules/{new_id}/dry-run", ("admin",)),
    Case("POST /api/v1/risk-control/rules/{new_id}/release", ("admin",)),
    Case("POST /api/v1/risk-control/rules/{new_id}/retirement", ("admin",)),
    Case(
        "POST /api/v1/customers",
        TRADERS,
        {"vendor": (201, None), "retailer": (201, None)},
        {"name": "Ramesh"},
        positions=TILL,
    ),
    Case("GET /api/v1/customers", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/customers/search", TRADERS, {"vendor": OWN, "retailer": OWN}, query={"q": "ramesh"}),
    Case("GET /api/v1/customers/balances", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/customers/total-pending", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/customers/balances", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/customers/total-pending", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/customers/{customer_id}", TRADERS, NO_CUSTOMER),
    Case("PATCH /api/v1/customers/{customer_id}", TRADERS, NO_CUSTOMER, {"nickname": "X"}, positions=TILL),
    Case("POST /api/v1/customers/{customer_id}/erasure", TRADERS, NO_CUSTOMER, positions=OWNER),
    Case(
        "POST /api/v1/customers/{customer_id}/erasure/confirmation",
        TRADERS,
        NO_CUSTOMER,
        {"code": "000000"},
        positions=OWNER,
    ),
    Case(
        "POST /api/v1/ledger/payment",
        TRADERS,
        NO_CUSTOMER,
        {"customer_id": "{customer_id}", "amount": "1", "mode": "cash"},
        positions=MONEY,
    ),
    Case(
        "POST /api/v1/ledger/credit",
        TRADERS,
        NO_CUSTOMER,
        {"customer_id": "{customer_id}", "amount": "1"},
        positions=TILL,
    ),
    Case(
        "POST /api/v1/ledger/entries/{entry_id}/reversal",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "khata-entry-not-found")),
        {"reason": "mistake"},
        positions=("owner", "accountant"),
    ),
    Case("GET /api/v1/reminders", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=TILL),
    Case(
        "POST /api/v1/reminders",
        TRADERS,
        NO_CUSTOMER,
        {"kind": "payment_due", "customer_id": "{customer_id}", "remind_at": "{next_year}"},
        positions=TILL,
    ),
    Case("GET /api/v1/reminders/settings", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=TILL),
    Case(
        "PUT /api/v1/reminders/settings",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        {"days_after_due": 3},
        positions=OFFICE,
    ),
    Case("GET /api/v1/reminders/{reminder_id}", TRADERS, NO_REMINDER, positions=TILL),
    Case(
        "PATCH /api/v1/reminders/{reminder_id}",
        TRADERS,
        NO_REMINDER,
        {"remind_at": "{next_year}"},
        positions=TILL,
    ),
    Case("POST /api/v1/reminders/{reminder_id}/cancel", TRADERS, NO_REMINDER, positions=TILL),
    Case("POST /api/v1/reminders/{reminder_id}/resend", TRADERS, NO_REMINDER, positions=TILL),
    Case("GET /api/v1/messages", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "POST /api/v1/messages",
        TRADERS,
        NO_CUSTOMER,
        {
            "customer_id": "{customer_id}",
            "purpose": "offer",
            "template": "offer",
            "values": {"text": "Sugar is cheap"},
        },
        positions=TILL,
    ),
    Case("GET /api/v1/messages/{message_id}", TRADERS, NO_MESSAGE),
    Case("POST /api/v1/messages/{message_id}/resend", TRADERS, NO_MESSAGE, positions=TILL),
    Case("GET /api/v1/message-templates", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/message-settings", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "PUT /api/v1/message-settings",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        {"sms_header": "GUPTAS"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/customers/{customer_id}/consents", TRADERS, NO_CUSTOMER),
    Case(
        "POST /api/v1/customers/{customer_id}/consents",
        TRADERS,
        NO_CUSTOMER,
        {"purpose": "offer", "is_given": False},
        positions=TILL,
    ),
    Case("GET /api/v1/shop-prices", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "PUT /api/v1/products/{product_id}/shop-price",
        TRADERS,
        {"vendor": (200, None), "retailer": (200, None)},
        {"unit": "packet", "unit_price": "12"},
        positions=TILL,
    ),
    Case("POST /api/v1/bill-drafts", TRADERS, dict.fromkeys(TRADERS, (201, None)), {}, positions=TILL),
    Case("GET /api/v1/bill-drafts", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case("GET /api/v1/bill-drafts/{new_id}", TRADERS, NO_DRAFT),
    Case(
        "POST /api/v1/bill-drafts/{new_id}/changes",
        TRADERS,
        NO_DRAFT,
        {"changes": [{"do": "remove", "line": 1}]},
        positions=TILL,
    ),
    Case("POST /api/v1/bill-drafts/{new_id}/undo", TRADERS, NO_DRAFT, positions=TILL),
    Case("POST /api/v1/bill-drafts/{new_id}/cancel", TRADERS, NO_DRAFT, positions=TILL),
    Case("POST /api/v1/bill-drafts/{new_id}/confirmation", TRADERS, NO_DRAFT, {}, positions=TILL),
    Case(
        "POST /api/v1/invoices",
        TRADERS,
        NO_CUSTOMER,
        {"customer_id": "{customer_id}", "changes": [{"do": "terms", "is_brought": False}]},
        positions=TILL,
    ),
    Case(
        "POST /api/v1/invoices/{new_id}/cancel",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "bill-not-found")),
        {"reason": "typed wrong"},
        positions=OFFICE,
    ),
    Case(
        "POST /api/v1/invoices/{new_id}/credit-notes",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "bill-not-found")),
        {"lines": [{"line_no": 1, "quantity": "1"}], "reason": "broken"},
        positions=OFFICE,
    ),
    Case("GET /api/v1/tills", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "PUT /api/v1/tills/{till}",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        {"name": "Front"},
        positions=("owner", "accountant"),
    ),
    Case(
        "DELETE /api/v1/tills/{till}",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        positions=("owner", "accountant"),
    ),
    Case("GET /api/v1/billing/settings", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "PUT /api/v1/billing/settings",
        TRADERS,
        {"vendor": OWN, "retailer": OWN},
        {"rounds_to_rupee": True},
        positions=("owner", "accountant"),
    ),
    Case("GET /api/v1/ledger/{customer_id}", TRADERS, NO_CUSTOMER),
    Case("GET /api/v1/ledger/{customer_id}/statement", TRADERS, NO_CUSTOMER),
    Case(
        "POST /api/v1/stock-ins",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "supplier-not-found")),
        {
            "lines": [{"product_id": "{product_id}", "quantity": "1", "cost": "5"}],
            "paid_by": "owed",
            "supplier_id": "{supplier_id}",
        },
        positions=DRAWER,
    ),
    Case("GET /api/v1/stock-ins", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=DRAWER),
    Case("GET /api/v1/stock-ins/{stock_in_id}", TRADERS, NO_STOCK_IN, positions=DRAWER),
    Case("POST /api/v1/stock-ins/{stock_in_id}/reversal", TRADERS, NO_STOCK_IN, {}, positions=OFFICE),
    Case("GET /api/v1/suppliers", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=DRAWER),
    Case("GET /api/v1/suppliers/{supplier_id}", TRADERS, NO_SUPPLIER, positions=DRAWER),
    Case("DELETE /api/v1/suppliers/{supplier_id}", TRADERS, NO_SUPPLIER, positions=OWNER),
    Case(
        "POST /api/v1/suppliers/{supplier_id}/payments",
        TRADERS,
        NO_SUPPLIER,
        {"amount": "1", "mode": "cash"},
        positions=DRAWER,
    ),
    Case("GET /api/v1/suppliers/{supplier_id}/payments", TRADERS, NO_SUPPLIER, positions=DRAWER),
    Case(
        "POST /api/v1/suppliers/{supplier_id}/payments/{paid_id}/reversal",
        TRADERS,
        NO_SUPPLIER,
        {},
        positions=OFFICE,
    ),
    Case("GET /api/v1/expenses/heads", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=DRAWER),
    Case(
        "POST /api/v1/expenses/heads",
        TRADERS,
        {"vendor": (201, None), "retailer": (201, None)},
        {"name": "Chanda", "head": "other_expenses"},
        positions=DRAWER,
    ),
    Case(
        "POST /api/v1/expenses",
        TRADERS,
        {"vendor": (201, None), "retailer": (201, None)},
        {"head": "rent", "amount": "1", "mode": "cash"},
        positions=DRAWER,
    ),
    Case("GET /api/v1/expenses", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=DRAWER),
    Case("GET /api/v1/expenses/{expense_id}", TRADERS, NO_EXPENSE, positions=DRAWER),
    Case("POST /api/v1/expenses/{expense_id}/reversal", TRADERS, NO_EXPENSE, {}, positions=OFFICE),
    Case("DELETE /api/v1/expenses/{expense_id}/note", TRADERS, NO_EXPENSE, positions=OFFICE),
    Case("GET /api/v1/ledger/transactions", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OFFICE),
    Case("GET /api/v1/ledger/transactions/{transaction_id}", TRADERS, NO_ENTRY, positions=OFFICE),
    Case(
        "POST /api/v1/ledger/transactions/{transaction_id}/reversal", TRADERS, NO_ENTRY, {}, positions=OFFICE
    ),
    Case("GET /api/v1/summary/daily", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OFFICE),
    Case("GET /api/v1/tax/sales-register", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OFFICE),
    Case("GET /api/v1/tax/sales-register/file", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OFFICE),
    Case(
        "GET /api/v1/tax/sales-register/summary", TRADERS, {"vendor": OWN, "retailer": OWN}, positions=OFFICE
    ),
    Case("GET /api/v1/tax/cbms-settings", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "PUT /api/v1/tax/cbms-settings",
        TRADERS,
        dict.fromkeys(TRADERS, (400, "cbms-setting-invalid")),
        {"username": "shop", "password": "secret", "turnover_rupees": 1},
        positions=OFFICE,
    ),
    Case("GET /api/v1/tax/cbms", TRADERS, {"vendor": OWN, "retailer": OWN}),
    Case(
        "POST /api/v1/tax/cbms/{new_id}/resend",
        TRADERS,
        dict.fromkeys(TRADERS, (404, "cbms-report-not-found")),
        positions=OFFICE,
    ),
    Case("GET /api/v1/vendors/leaderboard", EVERYONE),
    Case("GET /api/v1/forecasts", ("vendor", *PLATFORM), positions=("owner", "accountant", "salesman")),
    Case("GET /api/v1/executive/summary", PLATFORM),
    Case("GET /api/v1/executive/metrics/{name}", PLATFORM),
    # Last, because a strange vendor may begin to give the retailer credit of its own.
    Case(
        "PUT /api/v1/credit/limits/{retailer_id}",
        ("vendor",),
        {"vendor": (200, None)},
        A_LIMIT,
        positions=OWNER,
    ),
]


@dataclass(frozen=True)
class Scene:
    """A market with an accepted order and a payment, strangers of every role, and a way to ask."""

    client: httpx.Client
    market: Market
    order_id: str
    receipt_id: str
    payment_id: str
    invitation_id: str
    key_id: str
    quote_id: str
    proposal_id: str
    template_id: str
    endpoint_id: str
    delivery_id: str
    claim_id: str
    item_id: str
    cheque_id: str
    line_id: str
    customer_id: str
    entry_id: str
    reminder_id: str
    message_id: str
    strangers: dict[str, Person]
    till: dict[str, str]

    def ask(self, case: Case, who: Person | None, *, headers: dict[str, str] | None = None) -> httpx.Response:
        method, path = case.route.split(" ")
        is_vendor = who is not None and who.role == "vendor"
        values = {
            "vendor_id": str(self.market.vendor.own),
            "retailer_id": str(self.market.retailer.own),
            "counterparty_id": str(self.market.retailer.own if is_vendor else self.market.vendor.own),
            "order_id": self.order_id,
            "receipt_id": self.receipt_id,
            "endpoint_id": self.endpoint_id,
            "delivery_id": self.delivery_id,
            "payment_id": self.payment_id,
            "product_id": str(self.market.product_id),
            "name": "gmv",
            "user_id": str(self.market.vendor.user_id),
            "invitation_id": self.invitation_id,
            "key_id": self.key_id,
            "quote_id": self.quote_id,
            "new_id": str(uuid4()),
            "proposal_id": self.proposal_id,
            "template_id": self.template_id,
            "code": "TEST",
            "day": "2030-01-01",
            "claim_id": self.claim_id,
            "item_id": self.item_id,
            "write_off_id": str(uuid4()),
            "cheque_id": self.cheque_id,
            "line_id": self.line_id,
            "customer_id": self.customer_id,
            "entry_id": self.entry_id,
            "reminder_id": self.reminder_id,
            "next_year": NEXT_YEAR,
            "message_id": self.message_id,
            "move": "deposit",
            "till": "T9",
            "new": uuid4().hex,
            **self.till,
        }
        body = self.market.wish() if case.body == "{wish}" else _filled(case.body, values)
        key = {"Idempotency-Key": uuid4().hex}
        headers = {**key, **headers} if headers else keyed(who) if who else key
        return self.client.request(
            method, path.format(**values), json=body, params=_filled(case.query, values), headers=headers
        )

    def books(self) -> tuple[Any, ...]:
        """What a stranger must not have touched: the order, who owes what, who works there, with which keys."""
        order = self.client.get(f"/api/v1/orders/{self.order_id}", headers=self.market.vendor.headers).json()
        limits = self.client.get("/api/v1/credit/limits", headers=self.market.vendor.headers).json()
        access = [
            self.client.get(f"/api/v1/{what}", headers=self.market.vendor.headers).json()
            for what in ("members", "members/invitations", "api-keys")
        ]
        return order, limits, *access


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, values) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, values) for inner in value]
    return value.format(**values) if isinstance(value, str) else value


@pytest.fixture
def scene(client: httpx.Client, person: Register) -> Scene:
    market = open_market(person)
    order = market.place(client)
    accepted = client.post(f"/api/v1/orders/{order['id']}/accept", json={}, headers=market.vendor.headers)
    assert accepted.status_code == 200
    receipt = client.post(
        "/api/v1/stock/receipts",
        json={"lines": [{"product_id": str(market.product_id), "quantity": "1"}]},
        headers=keyed(market.vendor),
    )
    paid = client.post(
        "/api/v1/credit/payment",
        json={"retailer_id": str(market.retailer.own), "amount": "1", "mode": "cash"},
        headers=keyed(market.vendor),
    )
    assert paid.status_code == 201
    invited = client.post(
        "/api/v1/members/invitations",
        json={"full_name": "Maya", "email": f"{uuid4().hex}@people.example", "position": "cashier"},
        headers=market.vendor.headers,
    ).json()
    key = client.post(
        "/api/v1/api-keys",
        json={"name": "A till of the vendor", "scopes": ["orders:read"]},
        headers=market.vendor.headers,
    ).json()
    claimed = client.post(
        "/api/v1/credit/claims",
        json={"vendor_id": str(market.vendor.own), "amount": "3", "mode": "upi", "evidence": PICTURE},
        headers=keyed(market.retailer),
    ).json()
    items = client.get(f"/api/v1/credit/items/{market.retailer.own}", headers=market.vendor.headers).json()
    cheque = client.post(
        "/api/v1/credit/cheques",
        json={
            "retailer_id": str(market.retailer.own),
            "amount": "4",
            "bank": "A bank",
            "number": "004211",
            "cheque_date": "2026-01-01",
        },
        headers=keyed(market.vendor),
    ).json()
    client.post("/api/v1/credit/bank-statements", json={"file": BANK_FILE}, headers=market.vendor.headers)
    lines = client.get("/api/v1/credit/bank-lines", headers=market.vendor.headers).json()
    strangers = {role: person(role) for role in EVERYONE}
    made: tuple[str, ...] = (order["id"], receipt.json()["id"], paid.json()["id"], invited["id"], key["id"])
    quote = client.post("/api/v1/quotes", json=market.wish(), headers=market.retailer.headers).json()
    proposal = client.post(
        f"/api/v1/orders/{market.place(client)['id']}/proposals", json=LINE, headers=market.vendor.headers
    ).json()
    template = client.post(
        "/api/v1/order-templates", json=market.wish(name="Daily"), headers=market.retailer.headers
    ).json()
    made += (
        quote["id"],
        proposal["id"],
        template["id"],
        *_told_by_webhook(client, market.vendor),
        claimed["id"],
        items["items"][0]["id"],
        cheque["id"],
        lines["items"][0]["id"],
        *_in_the_khata(client, market.vendor),
    )
    return Scene(client, market, *made, strangers, _at_the_till(client, market))


def _at_the_till(client: httpx.Client, market: Market) -> dict[str, str]:
    """The ids of what the vendor bought beside orders, paid for and spent."""

    def made(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = client.post(f"/api/v1/{path}", json=body, headers=keyed(market.vendor))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    line = {"product_id": str(market.product_id), "quantity": "1", "cost": "5"}
    came = made("stock-ins", {"lines": [line], "paid_by": "owed", "supplier": {"name": "Gupta Traders"}})
    paid = made(f"suppliers/{came['supplier_id']}/payments", {"amount": "2", "mode": "cash"})
    spent = made("expenses", {"head": "rent", "amount": "7", "mode": "cash", "note": "November"})
    journal = client.get("/api/v1/ledger/transactions", headers=market.vendor.headers).json()
    return {
        "transaction_id": journal["items"][0]["id"],
        "stock_in_id": came["id"],
        "supplier_id": came["supplier_id"],
        "paid_id": paid["id"],
        "expense_id": spent["id"],
    }


def _in_the_khata(client: httpx.Client, shop: Person) -> tuple[str, str, str, str]:
    """The ids of a customer, of what is written up of them, of a reminder to them and of what was said to them."""
    added = client.post("/api/v1/customers", json={"name": "Maya"}, headers=keyed(shop)).json()
    customer_id = added["customer"]["id"]
    owed = {"customer_id": customer_id, "amount": "5"}
    entry = client.post("/api/v1/ledger/credit", json=owed, headers=keyed(shop))
    assert entry.status_code == 201, entry.text
    due = {"customer_id": customer_id, "kind": "payment_due", "remind_at": NEXT_YEAR}
    reminder = client.post("/api/v1/reminders", json=due, headers=keyed(shop))
    assert reminder.status_code == 201, reminder.text
    said = {"customer_id": customer_id, "purpose": "offer", "template": "offer", "values": {"text": "Sugar"}}
    message = client.post("/api/v1/messages", json=said, headers=keyed(shop))
    assert message.status_code == 201, message.text
    return customer_id, entry.json()["id"], reminder.json()["id"], message.json()["id"]


def _told_by_webhook(client: httpx.Client, vendor: Person) -> tuple[str, str]:
    """The ids of an endpoint and of a delivery to it."""
    headers, path = vendor.headers, "/api/v1/webhooks/endpoints"
    endpoint_id = client.post(path, json={"url": "https://shop.example/"}, headers=headers).json()["id"]
    since = {"since": "2020-01-01T00:00:00Z"}
    client.post(f"{path}/{endpoint_id}/replay", json=since, headers=headers)
    deliveries = client.get(f"{path}/{endpoint_id}/deliveries", headers=headers).json()["items"]
    return endpoint_id, deliveries[0]["id"]


def test_every_route_is_told_here():
    document = create_app().openapi()
    routes = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    told = {_named(case.route) for case in CASES} | {_named(route) for route in PUBLIC}
    assert {_named(route) for route in routes} == told


def _named(route: str) -> str:
    # Only the place of a parameter counts, not its name.
    return "/".join("{}" if part.startswith("{") else part for part in route.split("/"))


def test_without_a_token_nothing_is_answered(scene: Scene):
    for case in CASES:
        answer = scene.ask(case, None)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-rejected"), case.route


def test_a_role_that_may_not_is_told_so(scene: Scene):
    before = scene.books()
    for case in CASES:
        for role in set(EVERYONE) - set(case.roles):
            answer = scene.ask(case, scene.strangers[role])
            assert (answer.status_code, answer.json()["code"]) == (403, "role-not-allowed"), (
                case.route,
                role,
            )
    assert scene.books() == before


def test_a_position_that_may_not_is_told_so(scene: Scene):
    before = scene.books()
    for case in CASES:
        for owner in (scene.market.vendor, scene.market.retailer):
            for position in set(POSITIONS) - set(case.positions):
                if owner.role in case.roles:
                    answer = scene.ask(case, replace(owner, position=position))
                    refused = (answer.status_code, answer.json()["code"])
                    assert refused == (403, "position-not-allowed"), (case.route, owner.role, position)
    assert scene.books() == before


def test_an_admin_without_a_second_factor_can_only_set_one_up(scene: Scene):
    access = tokens.Access(scene.strangers["admin"].user_id, "admin", None)
    bare = {"Authorization": f"Bearer {tokens.issue_access_token(access)}"}
    for case in CASES:
        answer = scene.ask(case, scene.strangers["admin"], headers=bare)
        is_about_the_log_in = case.route.partition(" ")[2].startswith("/api/v1/auth/")
        refused = answer.status_code == 403 and answer.json()["code"] == "second-factor-missing"
        assert refused != is_about_the_log_in, case.route


def test_a_key_without_the_scope_reaches_nothing(scene: Scene):
    made = scene.client.post(
        "/api/v1/api-keys",
        json={"name": "Reads orders", "scopes": ["orders:read"]},
        headers=scene.market.vendor.headers,
    ).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    # Its first use is noted in the list of keys.
    assert scene.client.get("/api/v1/orders", headers=headers).status_code == 200
    before = scene.books()
    for case in CASES:
        answer = scene.ask(case, scene.market.vendor, headers=headers)
        if case.route.startswith("GET /api/v1/orders"):
            # A claim that is not there is asked for too.
            assert answer.status_code in (200, 404), case.route
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing"), case.route
    assert scene.books() == before


def test_a_stranger_of_the_right_role_reaches_nothing_of_others(scene: Scene):
    before = scene.books()
    secrets = [scene.order_id, before[0]["number"], scene.payment_id]
    for case in CASES:
        for role, (status, code) in case.strangers.items():
            if role not in case.roles:
                continue
            answer = scene.ask(case, scene.strangers[role])
            is_file = answer.headers["content-type"].startswith(("text/csv", "application/xml"))
            body = {} if is_file or answer.text.startswith("[") else answer.json()
            assert (answer.status_code, body.get("code")) == (status, code), (case.route, role, answer.text)
            if status < 400:
                assert not [secret for secret in secrets if secret in answer.text], (case.route, role)
    assert scene.books() == before


def test_a_strange_vendor_sees_no_rivals_offers_and_no_rivals_own_goods(scene: Scene):
    seen = scene.client.get(
        "/api/v1/products",
        params={"vendor_id": str(scene.market.vendor.own)},
        headers=scene.strangers["vendor"].headers,
    ).json()
    assert seen["items"] == []
    by_retailer = scene.client.get(
        "/api/v1/products",
        params={"vendor_id": str(scene.market.vendor.own)},
        headers=scene.strangers["retailer"].headers,
    ).json()
    assert [item["id"] for item in by_retailer["items"]] == [str(scene.market.product_id)]


def test_the_platform_reads_across_businesses(scene: Scene):
    for role in PLATFORM:
        headers = scene.strangers[role].headers
        order = scene.client.get(f"/api/v1/orders/{scene.order_id}", headers=headers)
        assert order.status_code == 200
        score = scene.client.get(f"/api/v1/credit/score/{scene.market.retailer.own}", headers=headers)
        assert score.json()["view"] == "full"


def test_a_retailer_cannot_do_the_vendors_part_of_its_own_order(scene: Scene):
    status = f"/api/v1/orders/{scene.order_id}/status"
    for wanted in ("accepted", "declined", "delivered", "completed"):
        answer = scene.client.patch(status, json={"status": wanted}, headers=scene.market.retailer.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-your-move"), wanted


def test_who_sells_and_buys_does_nothing_in_the_name_of_its_seller(client: httpx.Client, person: Register):
    buyer = person("vendor", both_ways=True)
    market = open_market(person, retailer=buyer)
    wishes = [ordering.Wish(market.product_id, Decimal(2))]
    order_id = database.write(
        lambda session: ordering.place(
            session, vendor_id=market.vendor.own, retailer_id=buyer.own, wishes=wishes
        )
    )
    url = f"/api/v1/orders/{order_id}"
    none = uuid4()

    def refused() -> None:
        for method, path, body in (
            ("POST", f"{url}/accept", {}),
            ("POST", f"{url}/decline", {}),
            ("POST", f"{url}/close-short", {}),
            ("POST", f"{url}/cancel", {}),
            ("POST", f"{url}/cancellation/waive", None),
            ("PATCH", f"{url}/status", {"status": "delivered"}),
            ("POST", f"{url}/deliveries", {}),
            ("POST", f"{url}/returns", {**LINE, "reason": "torn"}),
            ("POST", f"{url}/proposals", LINE),
            ("POST", f"{url}/proposals/{none}/confirm", None),
            ("POST", f"{url}/proposals/{none}/decline", None),
            ("POST", f"{url}/exchanges", {"back": LINE["lines"], "same": LINE["lines"], "reason": "torn"}),
            ("POST", f"{url}/exchanges/{none}/accept", {}),
            ("POST", f"{url}/exchanges/{none}/decline", {}),
            ("POST", f"{url}/claims/{none}/accept", {}),
            ("POST", f"{url}/claims/{none}/decline", {"reason": "no"}),
            ("POST", f"/api/v1/credit/approvals/{order_id}/approval", {"amount": "21.00"}),
            ("POST", f"/api/v1/credit/approvals/{order_id}/decline", {"reason": "no"}),
        ):
            answer = client.request(method, path, json=body, headers=keyed(buyer))
            assert (answer.status_code, answer.json()["code"]) == (403, "not-your-move"), (path, answer.text)

    refused()
    assert client.post(f"{url}/accept", json={}, headers=market.vendor.headers).status_code == 200
    refused()
    handed = client.post(f"{url}/deliveries", json={}, headers=keyed(market.vendor)).json()
    refused()
    told = client.post(
        f"/api/v1/deliveries/{handed['id']}/proofs",
        json={"received_by": "Maya", "photo": PICTURE},
        headers=keyed(buyer),
    )
    assert (told.status_code, told.json()["code"]) == (404, "delivery-not-found")
    assert object_store().list(f"proofs/{buyer.own}") == []
    seen = client.get(url, headers=buyer.headers).json()
    assert [entry["verb"] for entry in seen["timeline"]] == ["place", "accept", "deliver"]


def test_who_sells_and_buys_does_nothing_in_the_name_of_its_buyer(client: httpx.Client, person: Register):
    seller = person("retailer", both_ways=True)
    market = open_market(person, vendor=seller)
    url = f"/api/v1/orders/{market.place(client)['id']}"
    for method, path, body in (
        ("PUT", "slot", {"slot_id": str(uuid4()), "day": "2030-01-01"}),
        ("DELETE", "slot", None),
        ("POST", "cancel", {}),
        ("POST", "proposals", LINE),
    ):
        answer = client.request(method, f"{url}/{path}", json=body, headers=keyed(seller))
        assert (answer.status_code, answer.json()["code"]) == (403, "not-your-move"), (path, answer.text)
    database.write(
        lambda session: ordering.accept(
            session, order_id=UUID(url.rpartition("/")[2]), actor=ordering.Actor("vendor")
        )
    )
    for path, body in (
        ("claims", {**LINE, "kind": "broken"}),
        ("exchanges", {"back": LINE["lines"], "same": LINE["lines"], "reason": "torn"}),
    ):
        answer = client.post(f"{url}/{path}", json=body, headers=keyed(seller))
        assert (answer.status_code, answer.json()["code"]) == (403, "not-your-move"), (path, answer.text)


def test_who_sells_and_buys_ends_no_dispute_for_the_other_side(client: httpx.Client, person: Register):
    buyer = person("vendor", both_ways=True)
    market = open_market(person, retailer=buyer)
    wishes = [ordering.Wish(market.product_id, Decimal(2))]
    order_id = database.write(
        lambda session: ordering.place(
            session, vendor_id=market.vendor.own, retailer_id=buyer.own, wishes=wishes
        )
    )
    about = {"subject": "order", "subject_id": str(order_id), "amount": "1.00", "reason": "quantity"}
    opened = client.post(
        "/api/v1/disputes",
        json={**about, "counterparty_id": str(buyer.own)},
        headers=keyed(market.vendor),
    )
    assert opened.status_code == 201, opened.text
    url = f"/api/v1/disputes/{opened.json()['id']}"
    for path, body in (
        ("answer", {"answer": "no"}),
        ("settlement", {"outcome": "withdrawn"}),
        ("escalation", {}),
    ):
        answer = client.post(f"{url}/{path}", json=body, headers=keyed(buyer))
        assert (answer.status_code, answer.json()["code"]) == (403, "not-your-dispute-move"), (
            path,
            answer.text,
        )
    assert client.get(url, headers=market.vendor.headers).json()["state"] == "open"
