"""Bulk verbs: take a trader's past into the same tables, under the same rules, as the verbs of every day.

Every entry balances, every item stands behind its account, every line is written once; but limits and
stock do not judge what has happened. An import goes `open_import`, `take_in` batch by batch,
`close_import`; broken off anywhere it goes on from `next_document`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commerce.history import goods, masters, money, queries
from commerce.history.bulk import insert
from commerce.history.errors import (
    ImportDoesNotReconcile,
    ImportOverlaps,
    ImportOvertaken,
    ImportRunsElsewhere,
    MappingChanged,
    TraderDiffers,
)
from commerce.history.models import HistoryImport, ImportBatch
from commerce.history.plan import ImportPlan, Trader, line_id
from commerce.ledger import service as ledger
from commerce.parties import service as parties
from foundation import clock
from foundation.money import format_amount


@dataclass(frozen=True)
class Progress:
    """How far an import is."""

    import_id: UUID
    next_document: int
    is_completed: bool


@dataclass(frozen=True)
class Known:
    """What the record holds of a file and beside it.

    `documents` of other files of its trader: document_no, day, kind, customer_ref, amount_paisa, file_name.
    """

    documents: pl.DataFrame
    is_completed: bool


def known_of(session: Session, *, trader: str, import_id: UUID, first_day: date, last_day: date) -> Known:
    """Whether the file is in, and the documents of its days that other files of the trader brought."""
    found = queries.find_import(session, import_id)
    documents = queries.documents_of_others(
        session, trader=_ref(trader), import_id=import_id, first_day=first_day, last_day=last_day
    )
    return Known(documents, found is not None and found.state == "completed")


def open_import(session: Session, *, plan: ImportPlan) -> Progress:
    """Open the import of a file, with its trader and the trader's book; an open one is found again.

    Raises MappingChanged, TraderDiffers, ImportOvertaken.
    """
    queries.lock_name(session, plan.trader.name)
    found = queries.find_import(session, plan.import_id)
    if found is None:
        found = HistoryImport(
            id=plan.import_id,
            business_id=_trader(session, plan),
            file_hash=plan.file_hash,
            file_name=plan.file_name[:200],
            mapping_name=plan.mapping_name,
            mapping_hash=plan.mapping_hash,
            settlement=plan.settlement.kind,
            currency=plan.trader.currency,
            state="running",
            document_count=plan.document_count,
            line_count=plan.line_count,
            rejected_count=plan.rejected_count,
            next_document=0,
            file_total=plan.file_total,
            rejected_total=plan.rejected_total,
            rounding_total=plan.rounding_total,
        )
        session.add(found)
        session.flush()
    elif found.mapping_hash != plan.mapping_hash:
        raise MappingChanged(
            f"{plan.file_name} was taken in by mapping '{found.mapping_name}', which meant something else; "
            "use that mapping as it was, or another SAUDA_HOME",
            mapping_name=found.mapping_name,
        )
    elif (found.document_count, found.line_count) != (plan.document_count, plan.line_count):
        raise ImportOvertaken(
            f"{plan.file_name} was broken off at document {found.next_document} of {found.document_count}, and "
            f"{found.document_count - plan.document_count} of its documents came by another file since; export "
            "the history anew and import that with --only-new",
            next_document=found.next_document,
        )
    return Progress(found.id, found.next_document, found.state == "completed")


def _trader(session: Session, plan: ImportPlan) -> UUID:
    ref = _ref(plan.trader.name)
    known = queries.parties_by_ref(session, [ref])
    with clock.at(plan.begins_at):
        if known.is_empty():
            business = parties.create_business(
                session,
                name=plan.trader.name,
                is_vendor=True,
                is_retailer=False,
                country=plan.trader.country,
                state=plan.trader.state,
                zone=plan.trader.zone,
                currency=plan.trader.currency,
                time_zone=plan.trader.time_zone,
                tax_profile="unregistered" if plan.trader.country in ("IN", "NP") else "foreign",
                origin="imported",
            )
            business.external_ref, business.recorded_at = ref, plan.begins_at
            session.flush()
        else:
            business = parties.get_business(session, business_id=UUID(known["retailer_id"][0]))
        _refuse_another(
            plan.trader, country=business.country, currency=business.currency, time_zone=business.time_zone
        )
        ledger.open_book(session, business_id=business.id, currency=business.currency)
    return business.id


def _ref(trader: str) -> str:
    return f"trader:{trader}"


def _refuse_another(trader: Trader, **here: str) -> None:
    """What a trader's files say of it must agree: one book has one currency, one day one time zone."""
    differing = {name: value for name, value in here.items() if value != getattr(trader, name)}
    if differing:
        said = ", ".join(
            f"{name.replace('_', ' ')} {value} (the file: {getattr(trader, name)})"
            for name, value in differing.items()
        )
        raise TraderDiffers(
            f"{trader.name} is known here with {said}; correct the mapping or the options, or name another trader",
            **differing,
        )


def take_in(session: Session, *, plan: ImportPlan, lines: pl.DataFrame) -> Progress:
    """Take in the next batch: whole documents in a row, as `plan.with_consequences` made them.

    Its progress is part of the transaction. A batch that is in already is left alone.
    Raises ImportNotFound, ImportRunsElsewhere, ImportOverlaps, ProductDiffers.
    """
    running = queries.lock_import(session, plan.import_id)
    first, following = int(lines["document_ordinal"][0]), int(lines["document_ordinal"][-1]) + 1
    if running.next_document >= following:
        return Progress(running.id, running.next_document, running.state == "completed")
    if running.next_document != first:
        raise ImportRunsElsewhere(
            f"document {first} of {plan.file_name} was offered where {running.next_document} comes next; another "
            "process takes the file in, so wait for it, or run the import again when it was stopped",
            next_document=running.next_document,
        )
    vendor_id = running.business_id
    lines = masters.with_products(session, plan, vendor_id, lines)
    documents = masters.with_parties(
        session, plan, vendor_id, masters.documents(session, plan, vendor_id, lines)
    )
    _remember(session, plan, vendor_id, documents)
    lines = lines.join(
        documents.select("document_ordinal", "order_id", "delivery_id", "retailer_id"),
        on="document_ordinal",
        maintain_order="left",
    )
    goods.sales(session, plan, vendor_id, documents, lines)
    returned = goods.returns(session, plan, vendor_id, documents, lines)
    money.write(session, plan, vendor_id, documents, returned)
    goods.movements(session, plan, vendor_id, lines)
    running.next_document = following
    running.imported_paisa += int(lines["amount_paisa"].sum())
    session.add(
        ImportBatch(
            import_id=plan.import_id,
            first_document=first,
            business_id=vendor_id,
            next_document=following,
            line_count=lines.height,
            amount_paisa=int(lines["amount_paisa"].sum()),
        )
    )
    session.flush()
    return Progress(running.id, following, is_completed=False)


def _remember(session: Session, plan: ImportPlan, vendor_id: UUID, documents: pl.DataFrame) -> None:
    try:
        insert(
            session,
            "import_documents",
            documents.select(
                pl.lit(str(vendor_id)).alias("business_id"),
                "day",
                "document_no",
                "kind",
                pl.col("customer_ref").fill_null(""),
                pl.col("total_paisa").alias("amount_paisa"),
                pl.lit(str(plan.import_id)).alias("import_id"),
            ),
        )
    except IntegrityError as error:
        if "import_documents" not in str(error.orig):
            raise
        raise ImportOverlaps(
            f"while {plan.file_name} was taken in, another file brought documents of it; run it again"
        ) from error


def close_import(session: Session, *, plan: ImportPlan, lines: pl.DataFrame) -> Progress:
    """Prove that the record holds all of `lines` to the last line and paisa, and mark the import completed.

    Raises ImportDoesNotReconcile, and nothing is marked then.
    """
    running = queries.lock_import(session, plan.import_id)
    moved = lines.filter(pl.col("kind").is_in(["sale", "cancellation"]))
    others = lines.filter(~pl.col("kind").is_in(["sale", "cancellation"]))
    sources = others.group_by("document_ordinal").agg(pl.col("row_no").first())["row_no"]
    held = queries.held_of(
        session,
        import_id=plan.import_id,
        business_id=running.business_id,
        documents=[line_id(plan.import_id, row_no) for row_no in sources],
    )
    moved_paisa = int(moved["amount_paisa"].sum())
    expected = {
        "sold_lines": moved.filter(pl.col("kind") == "sale").height,
        "moved_lines": moved.height,
        "moved_paisa": moved_paisa,
        "posted_paisa": moved_paisa,
        "other_paisa": int(others["amount_paisa"].sum()),
    }
    differing = [
        f"{name} {held[name]} instead of {value}" for name, value in expected.items() if held[name] != value
    ]
    if running.next_document != running.document_count:
        differing.append(f"{running.next_document} of {running.document_count} documents")
    if running.imported_paisa != expected["moved_paisa"] + expected["other_paisa"]:
        differing.append(f"{format_amount(running.imported_paisa, running.currency)} counted as imported")
    if differing:
        raise ImportDoesNotReconcile(
            f"the record does not hold {plan.file_name} as read: {'; '.join(differing)}", held=held
        )
    if running.state != "completed":
        running.state = "completed"
        running.completed_at = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        session.flush()
    return Progress(running.id, running.next_document, is_completed=True)
