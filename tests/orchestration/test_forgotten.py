"""Somebody is forgotten at the source: the name is then nowhere on the data side, nor in a paper made of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from uuid import UUID

import duckdb
import polars as pl
import psycopg
import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader

from commerce.identity import service as identity
from commerce.parties import service as parties
from dashboards.queries import market, retailers
from dashboards.reports import trade_credit, workbook
from foundation import database, locations, published
from tests.orchestration.conftest import Home

pytestmark = [pytest.mark.committing, pytest.mark.slow]

NAME, MAIL, PHONE = "Harkamaya Budhathoki", "harkamaya@example.np", "9848000111"
SECRETS = (NAME, "Harkamaya", MAIL, PHONE, "argon2-of-her")


def test_a_forgotten_name_is_in_no_lake_warehouse_publication_or_paper(home: Home) -> None:
    retailer = home.market.retailer_id
    # Both sides bear her name, so that the papers that name only sellers would show it too.
    home.forge(f"UPDATE app.businesses SET name = '{NAME} ' || name, external_ref = '{NAME} ' || id")
    person = database.write(
        lambda session: identity.register(
            session,
            email=MAIL,
            full_name=NAME,
            password_hash="argon2-of-her",
            role="retailer",
            business_id=retailer,
        )
    ).id
    home.forge(
        "INSERT INTO app.tax_profiles (id, business_id, valid_from, profile, registration_number, recorded_at)"
        f" VALUES (gen_random_uuid(), '{retailer}', '2025-04-01', 'pan', '{PHONE}', now())"
    )
    run_before = home.run().run_id
    # The papers do name whom the source names: what is searched for below could be found.
    assert all(NAME in text for text in papers(run_before, retailer).values())

    home.forge(
        "UPDATE app.businesses"
        " SET name = '(forgotten)', external_ref = NULL, changed_in = pg_current_xact_id()"
    )
    database.write(lambda session: identity.erase(session, user_id=person, erased_by=person))
    run_after = home.run().run_id

    for run_id in (run_before, run_after):
        for paper, text in papers(run_id, retailer).items():
            assert "(forgotten)" in text, paper
            assert not [secret for secret in SECRETS if secret in text], paper
    seen_in: set[str] = set()
    for place, text in everything(home):
        assert not [secret for secret in SECRETS if secret in text], place
        if str(retailer) in text or retailer.hex in text:
            seen_in.add(place)
    # The search read what is carried of her: her id is everywhere that her trade is.
    for run_id in (run_before, run_after):
        assert {
            f"published/{run_id}/fct_orders.parquet",
            f"published/{run_id}/marts.duckdb fct_orders",
        } <= seen_in
    assert {"warehouse raw.orders", "warehouse marts.fct_orders"} <= seen_in
    assert any(place.startswith("lake/") for place in seen_in)


def papers(run_id: str, retailer: UUID) -> dict[str, str]:
    """The text of every paper on her that the credit page gives away, with the names that the API knows now."""
    run = published.reader().run(run_id)
    dossier = retailers.dossier(run, market.markets(run_id)[0], str(retailer))
    ids = [retailer, *map(UUID, dossier.vendor_ids)]
    with database.read() as session:
        names = {str(one): name for one, name in parties.names_of(session, ids).items()}
    pdf = PdfReader(io.BytesIO(trade_credit.as_pdf(dossier, names)))
    sheets = pl.read_excel(workbook.as_xlsx(dossier, names), sheet_id=0)
    return {
        "PDF": " ".join(" ".join(page.extract_text() for page in pdf.pages).split()),
        "XLSX": " ".join(str(sheet.rows()) for sheet in sheets.values()),
        "CSV": workbook.payments_csv(dossier, names).decode(),
    }


def everything(home: Home) -> Iterator[tuple[str, str]]:
    """Every row and file of the data side as text, with where it stands."""
    for name, url in (("warehouse", home.warehouse_url), ("dagster", locations.dagster_database_url())):
        with psycopg.connect(url) as connection:
            for (table,) in connection.execute(
                "SELECT schemaname || '.' || tablename FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall():
                for (row,) in connection.execute(f"SELECT t::text FROM {table} t".encode()):
                    yield f"{name} {table}", row
    objects = home.folder / "objects"
    for path in sorted(path for path in home.folder.rglob("*") if path.is_file()):
        place = str(path.relative_to(objects if path.is_relative_to(objects) else home.folder))
        if path.suffix == ".parquet":
            for row in pq.read_table(path, partitioning=None).to_pylist():
                yield (
                    place,
                    " ".join(one.hex() if isinstance(one, bytes) else str(one) for one in row.values()),
                )
        elif path.suffix == ".duckdb":
            with duckdb.connect(
                str(path), read_only=True, config={"enable_external_access": "false"}
            ) as database_of_run:
                for (table,) in database_of_run.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                    for row in database_of_run.execute(f'SELECT * FROM "{table}"').fetchall():
                        yield f"{place} {table}", " ".join(map(str, row))
        else:
            yield place, path.read_bytes().decode(errors="replace")
