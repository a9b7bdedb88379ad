"""How often the search finds the good that was meant: `sauda bench search` prints one JSON object.

Four shelves, and what people type to find something on them:

* *groceries*: the names of an Indian web shop with their brands, asked for by their beginning, by a few of their words
  in another order, and by words with a slip of the hand. Asked is only what ten names at most hold in full.
* *kirana*: goods of a corner shop in English, with Hindi names where the list has them, asked for by each alias.
* *hindi*: words in Devanagari, asked for as people were seen to write them in Roman letters (Dakshina, CC BY-SA 4.0).
* *nepali*: goods with their Nepali names, asked for as shops of Nepal write them; ours, of `parts/nepali.py`.

A good counts as found among the first ten of the groceries, whose names are alike, and among the first three of the
others, whose lists have some goods twice.
`ratio` is the worst share that was missed to the share that may be.
"""

from __future__ import annotations

import csv
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

import migrations
from benchmarks.parts.nepali import NEPALI
from benchmarks.parts.scratch import percentile, scratch_home
from commerce.catalogue import queries, service
from foundation import clock, locations
from foundation.database import read, write
from foundation.embedded_postgres import DATABASE, SUPERUSER
from foundation.ids import uuid7

MATCHING = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "matching"
WANTED_MS: Final = 50.0
FITTING_MAX: Final = 10
INDEXED_AT_ONCE: Final = 2_000
LONG: Final = 4
WORDS_TYPED: Final = 3
KINDS_OF_GROCERIES: Final = (
    "groceries by their beginning",
    "groceries by some words",
    "groceries with a slip",
)


@dataclass(frozen=True)
class Question:
    """What somebody types, and the goods that are right."""

    typed: str
    right: frozenset[UUID]


@dataclass
class Shelf:
    """Goods of one vendor: (id, name, names in Devanagari), and the questions about them by kind."""

    vendor_id: UUID
    goods: list[tuple[UUID, str, Sequence[str]]] = field(default_factory=list)
    asked: dict[str, list[Question]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """The share of a kind that must be found among the first so many."""

    first: int
    share: float


WANTED: Final = {
    "groceries by their beginning": Wanted(10, 0.97),
    "groceries by some words": Wanted(10, 0.98),
    "groceries with a slip": Wanted(10, 0.96),
    "kirana by alias": Wanted(3, 0.92),
    "hindi in Roman letters": Wanted(3, 0.92),
    "nepali in Roman letters": Wanted(1, 0.95),
}


def measure(questions: int = 400) -> dict[str, Any]:
    """Shares found and times of the search, on a scratch home; at most `questions` of each kind."""
    with scratch_home():
        migrations.upgrade()
        with psycopg.connect(locations.embedded_server().url(SUPERUSER, DATABASE), autocommit=True) as admin:
            shelves = [groceries(questions), kirana(), hindi(questions), nepali()]
            for shelf in shelves:
                plant(admin, shelf)
            admin.execute("VACUUM (ANALYZE) app.product_search")
            admin.execute("VACUUM (ANALYZE) app.products")
        kinds: dict[str, dict[str, Any]] = {}
        seconds: list[float] = []
        for shelf in shelves:
            for kind, asked in shelf.asked.items():
                found, took = found_of(shelf, asked, WANTED[kind])
                seconds += took
                kinds[kind] = found
    return {
        "name": "search",
        "what": "the worst share of goods that the search missed, of all kinds of questions, to the share it may miss",
        "ratio": max(one["missed_to_allowed"] for one in kinds.values()),
        "limit": 1.0,
        "goods": sum(len(shelf.goods) for shelf in shelves),
        "p50_ms": round(percentile(seconds, 50) * 1000, 1),
        "p95_ms": round(percentile(seconds, 95) * 1000, 1),
        "p95_ms_wanted": WANTED_MS,
        "kinds": kinds,
    }


def found_of(shelf: Shelf, asked: Sequence[Question], wanted: Wanted) -> tuple[dict[str, Any], list[float]]:
    """What share of the goods asked for was found, with some that were not, and the seconds of each question."""
    ranks: list[int | None] = []
    seconds = []
    missed = []
    with read() as session:
        for question in asked:
            began = time.perf_counter()
            rows = queries.listed(
                session,
                viewer_id=shelf.vendor_id,
                vendor_id=shelf.vendor_id,
                now=clock.now(),
                search=question.typed,
                limit=10,
            )
            seconds.append(time.perf_counter() - began)
            places = [place for place, row in enumerate(rows, 1) if row["id"] in question.right]
            ranks.append(places[0] if places else None)
            if not places or places[0] > wanted.first:
                missed.append(question.typed)
    share = 1 - len(missed) / len(asked)
    return {
        "asked": len(asked),
        "found": round(share, 4),
        "wanted": wanted.share,
        "among_the_first": wanted.first,
        "found_first": round(sum(rank == 1 for rank in ranks) / len(ranks), 4),
        "not_shown": round(ranks.count(None) / len(ranks), 4),
        "missed_to_allowed": round((1 - share) / (1 - wanted.share), 3),
        "missed": missed[:20],
    }, seconds


def plant(admin: psycopg.Connection[Any], shelf: Shelf) -> None:
    """Write a shelf's goods with their offers, and make them findable as the verbs do."""
    vendor, now = shelf.vendor_id, clock.now()
    admin.execute("SET session_replication_role = replica")
    with admin.cursor() as cursor:
        with cursor.copy(
            b"COPY app.products (id, owner_id, sku, name, category, base_unit, created_at) FROM STDIN"
        ) as copy:
            for number, (good, name, _) in enumerate(shelf.goods):
                copy.write_row(
                    (good, vendor, f"{vendor.hex[-4:]}-{number:05}", name[:200], "goods", "piece", now)
                )
        with cursor.copy(b"COPY app.product_names (product_id, language, name) FROM STDIN") as copy:
            for good, _, names in shelf.goods:
                for name in names:
                    copy.write_row((good, "hi", name))
        with cursor.copy(
            b"COPY app.offers (id, vendor_id, product_id, unit, unit_price, currency, minimum_quantity,"
            b" carton_multiple, availability, is_listed, lead_time_days, valid_from) FROM STDIN"
        ) as copy:
            for good, _, _ in shelf.goods:
                copy.write_row((uuid7(), vendor, good, "piece", 10, "INR", 1, 1, "always", True, 1, now))
    admin.execute("SET session_replication_role = origin")
    ids = [good for good, _, _ in shelf.goods]
    for start in range(0, len(ids), INDEXED_AT_ONCE):
        some = ids[start : start + INDEXED_AT_ONCE]

        def index(session: Session, some: Sequence[UUID] = some) -> None:
            service.index(session, some)

        write(index)


def groceries(questions: int) -> Shelf:
    """The names of a web shop, and what people type of them."""
    shelf = Shelf(uuid7())
    for row in _rows("grocery_products.csv"):
        brand, product = row["brand"].strip(), " ".join(row["product"].split())
        name = product if product.casefold().startswith(brand.casefold()) else f"{brand} {product}"
        shelf.goods.append((uuid7(), name, ()))
    names = Names(shelf)
    chance = random.Random("groceries")
    asked: dict[str, list[Question]] = {kind: [] for kind in KINDS_OF_GROCERIES}
    for name in chance.sample([name for _, name, _ in shelf.goods], len(shelf.goods)):
        if min(map(len, asked.values())) >= questions:
            break
        for kind, question in zip(KINDS_OF_GROCERIES, _typed(name, names, chance), strict=True):
            if question is not None and len(question.right) <= FITTING_MAX:
                asked[kind].append(question)
    shelf.asked = {kind: found[:questions] for kind, found in asked.items()}
    return shelf


class Names:
    """Which goods of a shelf hold which words."""

    def __init__(self, shelf: Shelf) -> None:
        self.words = {good: _words(name) for good, name, _ in shelf.goods}
        self.holding: dict[str, set[UUID]] = defaultdict(set)
        for good, words in self.words.items():
            for word in words:
                self.holding[word].add(good)

    def fitting(self, words: Sequence[str], beginning: str = "") -> frozenset[UUID]:
        """The goods with all of the words, and one that begins so."""
        return frozenset(
            good
            for good in set.intersection(*(self.holding[word] for word in words))
            if any(word.startswith(beginning) for word in self.words[good])
        )


def _typed(name: str, names: Names, chance: random.Random) -> tuple[Question | None, ...]:
    """What is typed of a name, for each of KINDS_OF_GROCERIES; None where the name is too short for it."""
    own = list(dict.fromkeys(_words(name)))
    long = [word for word in own if len(word) >= LONG and word.isalpha()]
    if len(long) < WORDS_TYPED:
        return None, None, None
    some = chance.sample(long, WORDS_TYPED)
    right = names.fitting(some)
    slipped = [*some[:-1], _slip(some[-1], chance)]
    begun = own[: chance.randint(2, 3)]
    last = next((word for word in own[len(begun) :] if len(word) >= LONG), None)
    beginning = None
    if last is not None:
        half = last[: max(3, len(last) // 2)]
        beginning = Question(" ".join([*begun, half]), names.fitting(begun, half))
    return beginning, Question(" ".join(some), right), Question(" ".join(slipped), right)


def kirana() -> Shelf:
    """Goods of a corner shop, asked for by every alias that the lists have."""
    names: dict[str, set[str]] = defaultdict(set)
    aliases: dict[str, set[str]] = defaultdict(set)
    for row in _rows("kirana_aliases.csv"):
        good = row["canonical"].casefold()
        names[good] |= {row["hindi"]} - {"", row["canonical"]}
        aliases[row["alias"].casefold()].add(good)
    shelf = Shelf(uuid7(), [(uuid7(), good, sorted(also)) for good, also in names.items()])
    ids = {good: one for one, good, _ in shelf.goods}
    shelf.asked["kirana by alias"] = [
        Question(alias, frozenset(ids[good] for good in goods)) for alias, goods in aliases.items()
    ]
    return shelf


def hindi(questions: int) -> Shelf:
    """Words in Devanagari, asked for as they were written in Roman letters."""
    meant: dict[str, set[str]] = defaultdict(set)
    with (_data("hindi_romanisations.tsv")).open(encoding="utf-8") as lines:
        for line in lines:
            written, word, _ = line.rstrip("\n").split("\t")
            meant[written].add(word)
    words = sorted(set.union(*meant.values()))
    shelf = Shelf(uuid7(), [(uuid7(), word, ()) for word in words])
    ids = {word: one for one, word, _ in shelf.goods}
    asked = random.Random("hindi").sample(sorted(meant), min(questions, len(meant)))
    shelf.asked["hindi in Roman letters"] = [
        Question(written, frozenset(ids[word] for word in meant[written])) for written in asked
    ]
    return shelf


def nepali() -> Shelf:
    """Goods with their Nepali names, asked for in Roman letters."""
    shelf = Shelf(uuid7(), [(uuid7(), english, (name,)) for english, name, *_ in NEPALI])
    shelf.asked["nepali in Roman letters"] = [
        Question(written, frozenset({good}))
        for (good, _, _), (_, _, *spelt) in zip(shelf.goods, NEPALI, strict=True)
        for written in spelt
    ]
    return shelf


def _words(name: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in name.casefold()).split()


def _slip(word: str, chance: random.Random) -> str:
    """The word with one letter lost, doubled, swapped with the next or taken for another; never its first."""
    at = chance.randrange(1, len(word) - 1)
    match chance.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case _:
            return word[:at] + chance.choice("aeioustrnl") + word[at + 1 :]


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    with _data(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _data(name: str) -> Path:
    """Raises FileNotFoundError where the data set is absent."""
    path = MATCHING / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is absent: the benchmark of the search needs the names of goods in it"
        )
    return path
