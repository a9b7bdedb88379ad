"""The demand models on real sales."""

from __future__ import annotations

import pytest

from benchmarks.demand import RETAIL, measure


@pytest.mark.slow
@pytest.mark.skipif(
    not RETAIL.exists(), reason="UCI Online Retail is not beside the project (../shared/data/retail)"
)
def test_on_real_sales_the_published_choice_beats_the_naive_one_and_the_reference_figures() -> None:
    figures = measure()
    assert figures["series"] == 200
    # The seasonal naive of the published protocol: WAPE .898, of 7-day totals .503.
    assert figures["models"]["seasonal_naive"]["wape"] == pytest.approx(0.898, abs=0.01)
    assert figures["wape"] <= 0.80
    assert figures["rmsse"] <= 0.70
    assert figures["ratio"] < 0.85
    assert figures["models"]["chosen"]["coverage_total_p90"] == pytest.approx(0.90, abs=0.05)
