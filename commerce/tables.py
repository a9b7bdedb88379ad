"""Every table of the transactional schema, gathered for migrations and for the tests that compare schemas."""

from commerce.audit import models as audit
from commerce.billing import models as billing
from commerce.catalogue import models as catalogue
from commerce.cbms import models as cbms
from commerce.credit import models as credit
from commerce.customers import models as customers
from commerce.delivery import models as delivery
from commerce.disputes import models as disputes
from commerce.expenses import models as expenses
from commerce.history import models as history
from commerce.identity import models as identity
from commerce.invoices import models as invoices
from commerce.khata import models as khata
from commerce.ledger import models as ledger
from commerce.messaging import models as messaging
from commerce.ordering import models as ordering
from commerce.papers import models as papers
from commerce.parties import models as parties
from commerce.pricing import models as pricing
from commerce.purchases import models as purchases
from commerce.receiving import models as receiving
from commerce.reminders import models as reminders
from commerce.risk import models as risk
from commerce.stock import models as stock
from commerce.tax import models as tax
from commerce.webhooks import models as webhooks
from foundation import personal
from foundation import tables as mechanism
from foundation.database import Base

metadata = Base.metadata
SLICES = (
    mechanism,
    personal,
    audit,
    messaging,
    identity,
    parties,
    catalogue,
    pricing,
    stock,
    ledger,
    ordering,
    credit,
    customers,
    khata,
    billing,
    expenses,
    purchases,
    delivery,
    receiving,
    disputes,
    risk,
    history,
    tax,
    invoices,
    papers,
    reminders,
    webhooks,
    cbms,
)
