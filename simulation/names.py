"""Made-up names of businesses and of the people who run them, as they are common in western Nepal."""

from __future__ import annotations

from numpy.random import Generator

FIRST = (
    "Dhan Bahadur", "Tek Bahadur", "Prem", "Hari Prasad", "Dipak", "Sunita", "Laxmi", "Gita", "Bishnu",
    "Ram Prasad", "Mohan", "Nirmala", "Purna", "Sarita", "Krishna", "Man Bahadur", "Rekha",
    "Jit Bahadur", "Kamala", "Sher Bahadur", "Bhim", "Anita", "Narayan", "Shanti", "Govinda", "Devi",
    "Lok Bahadur", "Sita", "Abdul", "Salma", "Rajesh", "Usha", "Chandra", "Parbati", "Ganesh", "Mina",
    "Yam Kumari", "Birendra", "Durga", "Tulsi",
)  # fmt: skip
LAST = (
    "Shahi", "Khadka", "Budha", "Thapa", "Oli", "Sharma", "Gautam", "Acharya", "Rawal", "Bista", "K.C.",
    "Tharu", "Chaudhary", "Yadav", "Gupta", "Agrawal", "Ansari", "B.K.", "Nepali", "Regmi", "Upadhyaya",
    "Malla", "Singh", "Rokaya", "Magar", "Gurung", "Chand", "Basnet", "Pun", "Sapkota",
)  # fmt: skip
AUSPICIOUS = (
    "Deuti Bajyai", "Bulbule", "Kakrebihar", "Karnali", "Bheri", "Pashupati", "Ganapati", "Sagarmatha",
    "Himal", "Annapurna", "Shree Ganesh", "Shiva Shakti", "Muktinath", "Manakamana", "Gorkha",
    "Lumbini", "Rara", "Bageshwari", "Siddhi", "Riddhi Siddhi", "New Nepal", "Janaki", "Machhapuchhre",
    "Sworgadwari", "Om Shanti", "Everest", "Suryodaya", "Chandrodaya", "Jay Bhawani", "Shree Krishna",
    "Buddha", "Bhagwati", "Laligurans", "Danphe", "Panchakoshi", "Shreesthan", "Sherpa", "Namuna",
    "Pragati", "Ekata",
)  # fmt: skip
VENDOR_FORMS = (
    "Traders",
    "Suppliers",
    "Wholesale",
    "Trade Centre",
    "Distributors",
    "& Sons",
    "Enterprises",
    "Bhandar",
)
SHOP_FORMS = (
    "Kirana Pasal", "General Store", "Kirana Store", "Khadya Bhandar", "Mini Mart", "Pasal", "Cold Store",
    "Departmental Store", "Khaja Tatha Kirana", "Variety Store",
)  # fmt: skip


def _pick(rng: Generator, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(len(choices)))]


def person(rng: Generator) -> str:
    """A full name."""
    return f"{_pick(rng, FIRST)} {_pick(rng, LAST)}"


def business(rng: Generator, *, owner: str, town: str, is_vendor: bool, taken: set[str]) -> str:
    """A business name not in `taken`, to which it is added; after clashes town and number tell them apart."""
    forms = VENDOR_FORMS if is_vendor else SHOP_FORMS
    for attempt in range(1, 1_000):
        by_owner = rng.random() < 0.3
        first = owner.rsplit(" ", 1)[1 if is_vendor else 0] if by_owner else _pick(rng, AUSPICIOUS)
        name = f"{first} {_pick(rng, forms)}"
        if attempt > 2:
            name = f"{name}, {town}"
        if attempt > 4:
            name = f"{name} {attempt - 3}"
        if name not in taken:
            taken.add(name)
            return name
    raise RuntimeError(f"no free business name left in {town} after 1,000 attempts")


def phone(number: int) -> str:
    """A number of Nepal's mobile form from a block that no operator has assigned (+977 900…)."""
    return f"+977900{number:07d}"
