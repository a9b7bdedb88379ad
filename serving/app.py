"""The API: `create_app()` puts the slices together. Importing it touches neither network nor database."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, cast

import anyio.to_thread
from fastapi import Depends, FastAPI

import commerce.tables  # noqa: F401 - a row of one slice may name one of another, whose tables no route imports
from commerce.tax import tables as tax_tables
from foundation import keys
from foundation.logs import configure_logs
from foundation.settings import settings
from serving import deprecations, edge, metrics, problems
from serving.api_keys import routes as api_keys
from serving.audit import routes as audit
from serving.auth import routes as auth
from serving.auth import second_factor
from serving.billing import bills, drafts
from serving.billing import routes as billing
from serving.businesses import routes as businesses
from serving.cbms import routes as cbms
from serving.changes import routes as changes
from serving.credit import approval_routes as credit_approvals
from serving.credit import bank_routes as bank
from serving.credit import collection_routes as collection
from serving.credit import desk_routes as credit_desk
from serving.credit import report_routes as credit_reports
from serving.credit import routes as credit
from serving.customers import routes as customers
from serving.deliveries import routes as deliveries
from serving.deliveries import slots as delivery_slots
from serving.disputes import routes as disputes
from serving.examples import add_examples, operations
from serving.executive import routes as executive
from serving.expenses import routes as expenses
from serving.financial import routes as financial
from serving.forecasts import routes as forecasts
from serving.health import routes as health
from serving.invoices import routes as invoices
from serving.journal import routes as journal
from serving.khata import routes as khata
from serving.members import routes as members
from serving.messaging import routes as messaging
from serving.offers import routes as offers
from serving.orders import cancelling, claims, exchanges, proposals
from serving.orders import routes as orders
from serving.orders import slots as order_slots
from serving.papers import routes as papers
from serving.people import routes as people
from serving.prices import alerts as price_alerts
from serving.prices import routes as prices
from serving.pricing import routes as pricing
from serving.products import routes as products
from serving.purchases import routes as purchases
from serving.purchases import supplier_routes as suppliers
from serving.quotes import back_orders, templates
from serving.quotes import routes as quotes
from serving.receiving import routes as receiving
from serving.register import routes as register
from serving.reminders import routes as reminders
from serving.risk import routes as risk
from serving.sandbox import routes as sandbox
from serving.stock import batches, shelf
from serving.stock import routes as stock
from serving.summary import routes as summary
from serving.tax import routes as tax
from serving.vendors import routes as vendors
from serving.webhooks import routes as webhooks

THREADS_BESIDE_THE_POOL = 8
"""Routes that wait for a connection must not keep those out that need none (health, log-in's hashing)."""

DESCRIPTION = """
Commerce and credit for the shops and wholesalers of India and Nepal.

Amounts are decimal strings in rupees. Lists are pages with a cursor. What moves money or goods wants an
`Idempotency-Key`; a repeated request gets the first answer. Failures are problem+json (RFC 9457): programs
decide by `code`.
"""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    chosen = settings()
    if not logging.getLogger().handlers:
        configure_logs()  # started by uvicorn itself, not by `sauda api`
    keys.derived("cursors")  # a missing or short master key shows at the start, not at the first log-in
    app.openapi()  # takes a second, in which all requests would wait for the first that has a parameter
    threads = anyio.to_thread.current_default_thread_limiter()
    threads.total_tokens = chosen.db_pool_size + THREADS_BESIDE_THE_POOL
    stopping = threading.Event()
    if app.state.looks_for_rates:
        tax_tables.keep_fresh(stopping)
    try:
        yield
    finally:
        stopping.set()


def create_app() -> FastAPI:
    """The application. `sauda api` serves it."""
    app = FastAPI(
        title="Sauda",
        version=version("sauda"),
        description=DESCRIPTION,
        lifespan=_lifespan,
        responses=problems.EVERYWHERE,
        dependencies=[Depends(problems.refuse_unknown_parameters)],
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.looks_for_rates = True
    for slice_ in (
        auth,
        second_factor,
        members,
        api_keys,
        audit,
        people,
        businesses,
        shelf,  # before the products: low-stock is no product's id
        batches,  # nor is expiring-soon
        products,
        offers,
        pricing,
        prices,
        price_alerts,
        stock,
        receiving,
        orders,
        proposals,
        cancelling,
        claims,
        exchanges,
        order_slots,
        deliveries,
        delivery_slots,
        disputes,
        quotes,
        back_orders,
        templates,
        customers,
        journal,  # before the khata: transactions is no customer's id
        khata,
        billing,
        reminders,
        purchases,
        suppliers,
        expenses,
        drafts,
        bills,
        summary,
        messaging,
        credit,
        credit_approvals,
        bank,
        credit_desk,
        credit_reports,
        financial,
        collection,
        invoices,
        papers,
        tax,
        register,
        cbms,
        risk,
        vendors,
        changes,
        webhooks,
        forecasts,
        executive,
        health,
        metrics,
        sandbox,
    ):
        app.include_router(slice_.router)
    app.include_router(customers.unversioned)
    problems.install(app)
    edge.install(app, settings())
    _complete_the_document(app)
    return app


def _complete_the_document(app: FastAPI) -> None:
    """Let the OpenAPI document know the shape of a problem, and give every body an example."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            document["components"]["schemas"]["Problem"] = problems.SCHEMA
            for method, _, operation in operations(document):
                problems.add_to(operation, is_write=method != "get")
                deprecations.mark(operation)
            add_examples(document)
        return cast("dict[str, Any]", app.openapi_schema)

    app.openapi = openapi  # type: ignore[method-assign]
