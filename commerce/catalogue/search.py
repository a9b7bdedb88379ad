"""How a good is found by what somebody types: by code, by sound, with slips, in another order or another language."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import text

from commerce.language.sound import skeleton
from commerce.language.trade_words import ways_of

CLOSE_ENOUGH: Final = 0.45
"""Share of trigrams, by words: finds most one-letter slips and keeps strangers out (the search's tests hold both)."""

SET_CLOSE_ENOUGH: Final = text(
    f"SELECT set_config('pg_trgm.word_similarity_threshold', '{CLOSE_ENOUGH}', true)"
)

BONES_MIN: Final = 2
"""Consonants that a skeleton must have to be looked for: the `g` of `ghee` is that of a fifth of all goods. Of several
words it must have twice as many."""
LONGEST_WORDS: Final = 3

# A good is looked for as it was typed: in one piece, by its consonants (loan words differ in their vowels), and by its
# three longest words wherever they stand in the name; and by what the trade calls it else, whose words must be there.
# Of names that hold all that was asked, the one that holds least besides comes first, and one that goes on where the
# asked words end before others.
FOUND: Final = """
    WITH typed AS (
        SELECT product_id, max(has_words) AS has_words FROM (
            SELECT product_id, 0 AS has_words FROM app.product_search WHERE :sound <% sounds
            UNION ALL
            SELECT product_id, 0 FROM app.product_search WHERE :skeleton <% skeletons
            UNION ALL
            SELECT product_id, 1 FROM app.product_search
            WHERE :word_1 <> :word_2 AND :word_1 <% sounds AND :word_2 <% sounds AND :word_3 <% sounds
        ) hit GROUP BY product_id
    ), called AS (
        SELECT DISTINCT ON (product_id) product_id, other.sound
        FROM unnest(CAST(:others AS text[]), CAST(:others_1 AS text[]), CAST(:others_2 AS text[]),
                    CAST(:others_3 AS text[])) WITH ORDINALITY AS other (sound, word_1, word_2, word_3, place)
        CROSS JOIN LATERAL (
            SELECT product_id FROM app.product_search search
            WHERE search.sounds ~ other.word_1 AND search.sounds ~ other.word_2 AND search.sounds ~ other.word_3
        ) hit
        ORDER BY product_id, place
    )
    SELECT id, sku, closeness FROM (
        SELECT product.id, product.sku, CASE
            WHEN product.barcode = :code OR lower(product.sku) = lower(:code) THEN 2000
            ELSE CAST(greatest(
                CASE WHEN typed.product_id IS NOT NULL THEN
                    900 * greatest(word_similarity(:sound, search.sounds),
                                   0.7 * word_similarity(:skeleton, search.skeletons)
                                   + 0.25 * word_similarity(:sound, search.sounds),
                                   CASE WHEN typed.has_words = 1 THEN 0.32 * (
                                       word_similarity(:word_1, search.sounds) + word_similarity(:word_2, search.sounds)
                                       + word_similarity(:word_3, search.sounds)) END)
                    + 50 * similarity(:sound, search.sounds)
                    + CASE WHEN ' ' || search.sounds LIKE '% ' || :sound || '%' THEN 50 ELSE 0 END
                END,
                CASE WHEN called.product_id IS NOT NULL THEN
                    820 + 50 * similarity(called.sound, search.sounds)
                    + CASE WHEN ' ' || search.sounds LIKE '% ' || called.sound || '%' THEN 50 ELSE 0 END
                END) AS integer)
            END AS closeness
        FROM app.product_search search JOIN app.products product ON product.id = search.product_id
        LEFT JOIN typed ON typed.product_id = search.product_id
        LEFT JOIN called ON called.product_id = search.product_id
        WHERE search.product_id IN (SELECT product_id FROM typed UNION SELECT product_id FROM called)
          AND product.is_active AND ({whose})
          AND (CAST(:vendor_id AS uuid) IS NULL OR {offered})
          AND (CAST(:category AS text) IS NULL OR product.category = :category)
    ) found
    WHERE CAST(:after_sku AS text) IS NULL
       OR (-closeness, sku, id) > (-CAST(:after_closeness AS integer), :after_sku, CAST(:after_id AS uuid))
    ORDER BY closeness DESC, sku, id LIMIT :limit
"""
"""The found goods with `id`, `sku` and `closeness`; `whose` and `offered` are conditions on `product`."""


def words_of(search: str) -> dict[str, Any] | None:
    """The words of a search as parameters of FOUND; None where it has none."""
    ways = ways_of(search)
    if not ways:
        return None
    typed, *others = ways
    least = BONES_MIN * min(2, len(typed.split()))
    values: dict[str, Any] = {
        "sound": typed,
        "skeleton": _bones(typed, least),
        "others": others,
        "code": search.strip(),
    }
    for number, word in enumerate(_longest(typed), 1):
        values[f"word_{number}"] = word
    patterns = [[rf"\m{word}" for word in _longest(other)] for other in others]
    for number in range(LONGEST_WORDS):
        values[f"others_{number + 1}"] = [words[number] for words in patterns]
    return values


def _longest(heard: str) -> list[str]:
    words = sorted(heard.split(), key=len, reverse=True)[:LONGEST_WORDS]
    return words + words[-1:] * (LONGEST_WORDS - len(words))


def _bones(heard: str, least: int) -> str:
    found = skeleton(heard)
    return found if len(re.sub("[a ]", "", found)) >= least else heard
