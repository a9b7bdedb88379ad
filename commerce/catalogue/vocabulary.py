"""Units of the trade: what wholesalers and kirana shops of India and Nepal count and weigh in.

Names as they stand on price lists there; Hindi and Nepali spelling after the Unicode CLDR unit names
where CLDR has the unit (kilogram, gram, litre, millilitre), else after common trade usage.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class UnitFacts:
    """A unit, its names, and whether half of one can be sold."""

    code: str
    name: str
    name_hi: str
    name_ne: str
    is_divisible: bool = False


UNITS = (
    UnitFacts("piece", "Piece", "पीस", "गोटा"),
    UnitFacts("packet", "Packet", "पैकेट", "प्याकेट"),
    UnitFacts("bottle", "Bottle", "बोतल", "बोतल"),
    UnitFacts("tin", "Tin", "टिन", "टिन"),
    UnitFacts("box", "Box", "डिब्बा", "बट्टा"),
    UnitFacts("carton", "Carton", "कार्टन", "कार्टन"),
    UnitFacts("bori", "Sack", "बोरी", "बोरा"),
    UnitFacts("dozen", "Dozen", "दर्जन", "दर्जन"),
    UnitFacts("crate", "Crate", "क्रेट", "क्रेट"),
    UnitFacts("kg", "Kilogram", "किलोग्राम", "किलोग्राम", is_divisible=True),
    UnitFacts("g", "Gram", "ग्राम", "ग्राम", is_divisible=True),
    UnitFacts("l", "Litre", "लीटर", "लिटर", is_divisible=True),
    UnitFacts("ml", "Millilitre", "मिलीलीटर", "मिलिलिटर", is_divisible=True),
    UnitFacts("quintal", "Quintal", "क्विंटल", "क्विन्टल", is_divisible=True),
)
