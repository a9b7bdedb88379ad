"""The operations of the API and their shapes. Made by `make client`; do not edit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, NotRequired, TypedDict


class AcceptIn(TypedDict):
    lines: NotRequired[list[LineTargetIn] | None]
    rest: NotRequired[Literal['cancel', 'back_order']]
    promised_on: NotRequired[str | None]
    version: NotRequired[int | None]


class AcceptanceIn(TypedDict):
    confirm_duplicate: NotRequired[bool]
    confirm_amount: NotRequired[bool]


class AcknowledgementIn(TypedDict):
    note: NotRequired[str | None]


class ActionOut(TypedDict):
    id: str
    alert_id: str
    policy_version: str
    vendor_id: str
    retailer_id: str
    currency: str
    day: str
    kind: Literal['hold', 'lower-limit', 'stop']
    state: Literal['due', 'taken', 'skipped', 'reverted']
    reason_code: str | None
    limit_before: str | None
    limit_after: str | None
    score_version: str | None
    due_at: str
    decided_at: str | None
    reverted_by: str | None
    reverted_at: str | None
    revert_reason: str | None


class AddIn(TypedDict):
    do: Literal['add']
    product_id: str
    unit: str
    quantity: NotRequired[str | None]
    worth: NotRequired[str | None]
    unit_price: NotRequired[str | None]
    discount: NotRequired[str]


class AddNewIn(TypedDict):
    do: Literal['add_new']
    name: str
    unit: str
    quantity: str
    unit_price: NotRequired[str | None]


class AddedTaxOut(TypedDict):
    unit_price: str
    percent: str
    value: str
    tax: str


class AdjustedLineIn(TypedDict):
    product_id: str
    quantity: str
    batch: NotRequired[str | None]
    expires_on: NotRequired[str | None]


class AdjustedLineOut(TypedDict):
    product_id: str
    sku: str
    name: str
    unit: str
    quantity: str
    on_hand_after: str | None
    batch: str | None
    expires_on: str | None


class AdjustmentIn(TypedDict):
    reason: Literal['damaged', 'expired', 'lost', 'own_use', 'found', 'counted']
    lines: list[AdjustedLineIn]


class AdjustmentOut(TypedDict):
    id: str
    reason: str
    lines: list[AdjustedLineOut]


class AdviceIn(TypedDict):
    limit: str
    reason: str


class AdviceOut(TypedDict):
    currency: str
    limit: str
    is_over: bool
    reason: str
    valid_from: str


class AgainLineOut(TypedDict):
    product_id: str
    unit: str
    asked_quantity: str
    quantity: str | None
    unit_price_before: str | None
    unit_price: str | None
    changes: list[str]
    refusal: str | None


class AgainOut(TypedDict):
    quote: KeptQuoteOut
    lines: list[AgainLineOut]


class AgeingOfAllOut(TypedDict):
    items: list[CustomerAgeingOut]
    next_cursor: str | None
    as_of: str


class AgeingOut(TypedDict):
    vendor_id: str
    retailer_id: str
    as_of: str
    currency: str
    total: str
    not_due: str
    days_1_30: str
    days_31_60: str
    days_61_90: str
    over_90_days: str
    disputed: str
    days_past_due: int


class AlertMoveOut(TypedDict):
    state: Literal['open', 'acknowledged', 'snoozed', 'closed']
    actor_id: str | None
    owner_id: str | None
    action_id: str | None
    note: str | None
    happened_at: str


class AlertOut(TypedDict):
    id: str
    rule_name: str
    vendor_id: str
    retailer_id: str
    currency: str
    day: str
    owed: str
    figures: dict[str, str | None]
    state: Literal['open', 'acknowledged', 'snoozed', 'closed']
    owner_id: str | None
    snoozed_until: str | None
    raised_at: str


class AlertRuleIn(TypedDict):
    band_percent: NotRequired[float | str | None]
    above_days: NotRequired[int | None]
    rise_percent: NotRequired[float | str | None]


class AlertRuleOut(TypedDict):
    band_percent: str | None
    above_days: int | None
    rise_percent: str | None


class AlertStoryOut(TypedDict):
    id: str
    rule_name: str
    vendor_id: str
    retailer_id: str
    currency: str
    day: str
    owed: str
    figures: dict[str, str | None]
    state: Literal['open', 'acknowledged', 'snoozed', 'closed']
    owner_id: str | None
    snoozed_until: str | None
    raised_at: str
    history: list[AlertMoveOut]


class AllocationIn(TypedDict):
    item_id: str
    amount: str


class ApiKeyIn(TypedDict):
    name: str
    mode: NotRequired[Literal['live', 'test']]
    scopes: list[str]
    expires_at: NotRequired[str | None]


class ApiKeyOut(TypedDict):
    id: str
    name: str
    mode: Literal['live', 'test']
    prefix: str
    scopes: list[str]
    made_by: str
    made_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class ApiKeysOut(TypedDict):
    items: list[ApiKeyOut]
    next_cursor: str | None
    possible_scopes: list[str]


class ApprovalIn(TypedDict):
    amount: str
    note: NotRequired[str | None]


class ApprovalOut(TypedDict):
    order_id: str
    order_number: str
    vendor_id: str
    retailer_id: str
    currency: str
    reason: str
    amount: str
    excess: str
    days_late: int | None
    state: Literal['waiting', 'approved', 'declined', 'timed-out', 'withdrawn', 'voided']
    requested_at: str
    escalated_at: str | None
    due_at: str
    decided_at: str | None
    note: str | None


class AssignmentIn(TypedDict):
    owner_id: str
    note: NotRequired[str | None]


class AttemptOut(TypedDict):
    began_at: str
    duration_ms: int
    outcome: Literal['delivered', 'no-answer', 'unwell', 'refused', 'gone', 'address-refused']
    status_code: int | None
    reason: str | None
    response_excerpt: str


class AuditEntryOut(TypedDict):
    id: str
    recorded_at: str
    action: str
    actor_id: str | None
    subject_id: str | None
    business_id: str | None
    facts: dict[str, Any]
    correlation_id: str | None


class BackOrderOut(TypedDict):
    id: str
    vendor_id: str
    retailer_id: str
    currency: str
    settlement: str
    total: str
    added_tax: str
    made_at: str
    valid_until: str
    again_of: str | None
    order_id: str | None
    lines: list[KeptLineOut]


class BalanceOut(TypedDict):
    id: str
    name: str
    phone: str | None
    balance: str
    currency: str


class BandOut(TypedDict):
    view: NotRequired[Literal['band']]
    retailer_id: str
    as_of: str
    grade: str
    version: str


class BankFileIn(TypedDict):
    file: str
    layout: NotRequired[LayoutIn | None]


class BankLineOut(TypedDict):
    id: str
    statement_id: str
    booked_on: str
    amount: str
    narration: str
    reference: str | None
    state: Literal['open', 'recorded', 'ignored', 'out']
    note: str | None
    payments: list[str]
    proposals: list[serving__credit__bank_schemas__ProposalOut]
    recorded: list[RecordedOut]


class BankStatementOut(TypedDict):
    id: str
    first_day: str
    last_day: str
    lines: int
    known_lines: int
    open_lines: int
    imported_at: str


class BatchOut(TypedDict):
    id: str
    product_id: str
    sku: str
    name: str
    unit: str
    number: str
    expires_on: str | None
    is_expired: bool
    mrp: str | None
    on_hand: str
    made_at: str


class BatchPartIn(TypedDict):
    batch: str | None
    quantity: str


class BestPriceOut(TypedDict):
    product_id: str
    sku: str
    base_unit: str
    country: str
    currency: str
    origin: str
    method: str
    quantity_in_base: str
    as_of: str
    sellers: int
    sources: list[SourceOut]


class BillCancelIn(TypedDict):
    reason: str


class BillIn(TypedDict):
    payments: NotRequired[list[TenderIn] | None]
    due_on: NotRequired[str | None]
    till: NotRequired[str | None]
    customer_id: NotRequired[str | None]
    changes: list[AddIn | AddNewIn | ChangeIn | RemoveIn | TermsIn | TaxIn]
    client_id: NotRequired[str | None]
    serial: NotRequired[int | None]
    made_on: NotRequired[str | None]
    payable: NotRequired[str | None]


class BillReturnIn(TypedDict):
    lines: list[ComesBackIn]
    reason: str
    mode: NotRequired[Literal['cash', 'upi', 'card', 'bank', 'cheque'] | None]
    is_sound: NotRequired[bool]


class BillingSettingsIn(TypedDict):
    timing: NotRequired[Literal['section-12', 'section-14']]
    turnover: NotRequired[Literal['up-to-5-crore', 'above-5-crore']]
    rounds_to_rupee: NotRequired[bool]
    may_abbreviate: NotRequired[bool]
    upi_address: NotRequired[str | None]
    address: NotRequired[str | None]
    phone: NotRequired[str | None]
    paper_language: NotRequired[Literal['en', 'hi', 'ne'] | None]
    draft_hours: NotRequired[int]


class BillingSettingsOut(TypedDict):
    timing: Literal['section-12', 'section-14']
    turnover: Literal['up-to-5-crore', 'above-5-crore']
    rounds_to_rupee: bool
    may_abbreviate: bool
    upi_address: str | None
    address: str | None
    phone: str | None
    paper_language: str | None
    draft_hours: int
    version: int
    changed_at: str | None


class BillsOut(TypedDict):
    count: int
    total: str
    tax: str


class BoundsIn(TypedDict):
    is_on: bool
    floor: str
    step_max_percent: float | str
    days_between: int


class BoundsOut(TypedDict):
    is_on: bool
    floor: str | None
    step_max_percent: str | None
    days_between: int | None


class BulkIn(TypedDict):
    orders: list[OrderIn]


class BulkLineOut(TypedDict):
    n: int
    order_id: str | None
    number: str | None
    code: str | None
    detail: str | None


class BulkOut(TypedDict):
    placed: int
    refused: int
    outcomes: list[BulkLineOut]


class BusinessCardOut(TypedDict):
    id: str
    name: str
    is_vendor: bool
    is_retailer: bool
    country: str
    zone: str
    currency: str
    origin: str
    joined_at: str


class BusinessIn(TypedDict):
    name: str
    country: str
    state: str
    zone: str
    currency: NotRequired[str | None]
    time_zone: NotRequired[str | None]
    tax_profile: NotRequired[Literal['unregistered', 'composition', 'regular', 'pan', 'vat', 'foreign']]
    registration_number: NotRequired[str | None]
    trades_both_ways: NotRequired[bool]


class BusinessOut(TypedDict):
    id: str
    name: str
    is_vendor: bool
    is_retailer: bool
    country: str
    state: str
    zone: str
    currency: str
    time_zone: str
    origin: str


class BuyerOut(TypedDict):
    name: str
    address: str | None
    phone: str | None
    registration_number: str | None
    profile: str


class CancelIn(TypedDict):
    reason: NotRequired[str | None]
    fee: NotRequired[str]
    credit: NotRequired[str]


class CancellationOut(TypedDict):
    currency: str
    fee: str
    credit: str
    free_until: str | None
    charged: str
    is_waived: bool
    credited: str


class CashDiscountIn(TypedDict):
    percent: float | str
    within_days: int


class CashFlowOut(TypedDict):
    today: str
    currency: str
    overdue: str
    weeks: list[WeekOut]
    later: str
    payers: list[PayerOut]


class CbmsReportOut(TypedDict):
    invoice_id: str
    number: str
    kind: str
    document_date: str
    state: Literal['pending', 'accepted', 'already_there', 'refused', 'failed']
    tries: int
    code: int | None
    meaning: str | None
    queued_at: str
    tried_at: str | None
    ended_at: str | None


class CbmsSettingsIn(TypedDict):
    username: str
    password: NotRequired[str | None]
    turnover_rupees: int
    is_active: NotRequired[bool]


class CbmsSettingsOut(TypedDict):
    username: str | None
    has_password: bool
    turnover_rupees: int | None
    is_active: bool
    changed_at: str | None


class ChangeIn(TypedDict):
    do: Literal['change']
    line: int
    unit: NotRequired[str | None]
    quantity: NotRequired[str | None]
    worth: NotRequired[str | None]
    unit_price: NotRequired[str | None]
    discount: NotRequired[str | None]
    takes_shop_price: NotRequired[bool]


class ChangeOut(TypedDict):
    id: str
    type: str
    version: int
    occurred_at: str
    data: dict[str, Any]


class ChangesOut(TypedDict):
    items: list[ChangeOut]
    next_after: str
    has_more: bool


class ChequeIn(TypedDict):
    retailer_id: str
    amount: str
    bank: str
    number: str
    cheque_date: str


class ChequeMoveIn(TypedDict):
    on: NotRequired[str | None]
    reason: NotRequired[str | None]


class ChequeOut(TypedDict):
    id: str
    vendor_id: str
    retailer_id: str
    amount: str
    currency: str
    bank: str
    number: str
    cheque_date: str
    state: Literal['received', 'deposited', 'cleared', 'bounced', 'returned']
    received_at: str
    changed_at: str
    bounce_reason: str | None
    payment_id: str | None


class ChosenSlotIn(TypedDict):
    slot_id: str
    day: str


class ClaimAcceptIn(TypedDict):
    is_restocked: NotRequired[bool]


class ClaimDeclineIn(TypedDict):
    reason: str


class ClaimLineOut(TypedDict):
    line_no: int
    quantity: str


class ClosingIn(TypedDict):
    reason: str


class CollectorIn(TypedDict):
    collector_id: str | None


class ComesBackIn(TypedDict):
    line_no: int
    quantity: str


class ComponentOut(TypedDict):
    name: str
    weight_percent: int
    points: int


class ConfirmIn(TypedDict):
    payments: NotRequired[list[TenderIn] | None]
    due_on: NotRequired[str | None]
    till: NotRequired[str | None]


class ConsentIn(TypedDict):
    vendor_id: str | None


class ConsentOut(TypedDict):
    vendor_id: str | None
    is_granted: bool
    recorded_at: str


class ConsentsOut(TypedDict):
    items: list[ConsentOut]


class CopyOut(TypedDict):
    copy_no: int
    form: str
    printed_by: str | None
    printed_at: str


class CountedOut(TypedDict):
    count: int
    total: str


class CreatedOut(TypedDict):
    id: str


class CustomerAddedOut(TypedDict):
    customer: CustomerOut
    namesakes: list[CustomerOut]


class CustomerAgeingOut(TypedDict):
    retailer_id: str
    currency: str
    total: str
    not_due: str
    days_1_30: str
    days_31_60: str
    days_61_90: str
    over_90_days: str
    disputed: str
    days_past_due: int


class CustomerChangeIn(TypedDict):
    nickname: NotRequired[str | None]
    phone: NotRequired[str | None]
    email: NotRequired[str | None]
    landmark: NotRequired[str | None]
    address: NotRequired[str | None]
    aliases: NotRequired[list[str]]
    language: NotRequired[Literal['en', 'hi', 'ne']]
    channel: NotRequired[Literal['whatsapp', 'sms', 'mail', 'none']]
    purposes: NotRequired[list[Literal['bill', 'payment', 'reminder', 'offer']]]
    heard_from: NotRequired[str]
    heard_until: NotRequired[str]
    tax_profile: NotRequired[Literal['unregistered', 'composition', 'regular', 'pan', 'vat']]
    registration_number: NotRequired[str | None]
    state: NotRequired[str | None]
    name: NotRequired[str | None]
    confirm_duplicate: NotRequired[bool]


class CustomerIn(TypedDict):
    nickname: NotRequired[str | None]
    phone: NotRequired[str | None]
    email: NotRequired[str | None]
    landmark: NotRequired[str | None]
    address: NotRequired[str | None]
    aliases: NotRequired[list[str]]
    language: NotRequired[Literal['en', 'hi', 'ne']]
    channel: NotRequired[Literal['whatsapp', 'sms', 'mail', 'none']]
    purposes: NotRequired[list[Literal['bill', 'payment', 'reminder', 'offer']]]
    heard_from: NotRequired[str]
    heard_until: NotRequired[str]
    tax_profile: NotRequired[Literal['unregistered', 'composition', 'regular', 'pan', 'vat']]
    registration_number: NotRequired[str | None]
    state: NotRequired[str | None]
    name: str
    opening_balance: NotRequired[str | None]
    confirm_duplicate: NotRequired[bool]


class CustomerOut(TypedDict):
    id: str
    name: str
    nickname: str | None
    phone: str | None
    email: str | None
    landmark: str | None
    address: str | None
    aliases: list[str]
    language: Literal['en', 'hi', 'ne']
    channel: Literal['whatsapp', 'sms', 'mail', 'none']
    purposes: list[Literal['bill', 'payment', 'reminder', 'offer']]
    heard_from: str
    heard_until: str
    tax_profile: Literal['unregistered', 'composition', 'regular', 'pan', 'vat']
    registration_number: str | None
    state: str | None
    balance: str
    currency: str
    is_erased: bool
    version: int
    created_at: str


class CustomerPriceIn(TypedDict):
    retailer_id: str
    product_id: NotRequired[str | None]
    unit: NotRequired[str | None]
    unit_price: NotRequired[str | None]
    percent_off: NotRequired[float | str | None]
    is_active: NotRequired[bool]
    valid_from: NotRequired[str | None]
    valid_until: NotRequired[str | None]


class CustomerPriceOut(TypedDict):
    id: str
    retailer_id: str
    product_id: str | None
    unit: str | None
    unit_price: str | None
    percent_off: str | None
    valid_from: str
    valid_until: str | None


class DailySummaryOut(TypedDict):
    day: str
    compared_with: str
    currency: str
    figures: serving__summary__schemas__FiguresOut
    week_before: serving__summary__schemas__FiguresOut
    top_goods: list[SoldOut]
    low_stock: int


class DeliverIn(TypedDict):
    lines: NotRequired[list[HandedLineIn] | None]
    without_advance: NotRequired[str | None]


class DisputeAnswerIn(TypedDict):
    answer: str


class DisputeDecisionIn(TypedDict):
    is_upheld: bool
    note: str


class DisputeIn(TypedDict):
    subject: Literal['order', 'delivery', 'debt']
    subject_id: str
    counterparty_id: str
    amount: str
    reason: Literal['amount', 'price', 'quantity', 'quality', 'not-delivered', 'paid-already', 'not-ordered', 'other']
    note: NotRequired[str | None]
    evidence: NotRequired[str | None]


class DisputeOut(TypedDict):
    id: str
    vendor_id: str
    retailer_id: str
    subject: Literal['order', 'delivery', 'debt']
    order_id: str | None
    delivery_id: str | None
    item_id: str | None
    amount: str
    currency: str
    side: str
    reason: str
    note: str | None
    has_evidence: bool
    state: Literal['open', 'answered', 'escalated', 'settled']
    opened_at: str
    answer_by: str
    answer: str | None
    answered_at: str | None
    escalated_at: str | None
    outcome: str | None
    settled_at: str | None
    credit_note_id: str | None
    timeline: list[DisputeStepOut]


class DisputeRowOut(TypedDict):
    id: str
    vendor_id: str
    retailer_id: str
    subject: Literal['order', 'delivery', 'debt']
    order_id: str | None
    delivery_id: str | None
    item_id: str | None
    amount: str
    currency: str
    side: str
    reason: str
    note: str | None
    has_evidence: bool
    state: Literal['open', 'answered', 'escalated', 'settled']
    opened_at: str
    answer_by: str
    answer: str | None
    answered_at: str | None
    escalated_at: str | None
    outcome: str | None
    settled_at: str | None
    credit_note_id: str | None


class DisputeStepOut(TypedDict):
    verb: str
    state: Literal['open', 'answered', 'escalated', 'settled']
    side: str
    note: str | None
    happened_at: str


class DraftChangeIn(TypedDict):
    changes: list[AddIn | AddNewIn | ChangeIn | RemoveIn | TermsIn | TaxIn]


class DraftIn(TypedDict):
    customer_id: NotRequired[str | None]
    session: NotRequired[str]
    changes: NotRequired[list[AddIn | AddNewIn | ChangeIn | RemoveIn | TermsIn | TaxIn]]


class DraftLineOut(TypedDict):
    id: int
    product_id: str
    sku: str
    name: str
    unit: str
    quantity: str | None
    worth: str | None
    unit_price: str | None
    is_priced_by_hand: bool
    shop_price: str | None
    mrp: str | None
    discount: str
    rate: str | None
    tax: str | None
    total: str | None


class DraftOut(TypedDict):
    id: str
    customer_id: str | None
    session: str
    state: str
    version: int
    invoice_id: str | None
    made_at: str
    changed_at: str
    expires_at: str
    lines: list[DraftLineOut]
    discount: str
    is_brought: bool
    place: str | None
    holds_tax: bool
    wants_tax_invoice: bool
    steps: int
    bill: serving__billing__bill_schemas__PreviewOut | None
    problem: ProblemOut | None


class DraftRowOut(TypedDict):
    id: str
    customer_id: str | None
    session: str
    state: str
    version: int
    invoice_id: str | None
    lines: int
    made_at: str
    changed_at: str
    expires_at: str


class DryRunOut(TypedDict):
    first_day: str
    last_day: str
    hits: int
    pairs: int
    days: int
    owed: list[OwedOut]
    effect: TriedEffectOut
    samples: list[SampleOut]
    run_at: str


class EndpointChangesIn(TypedDict):
    url: NotRequired[str]
    event_types: NotRequired[list[str] | None]
    description: NotRequired[str]
    is_enabled: NotRequired[bool]


class EndpointCreatedOut(TypedDict):
    id: str
    url: str
    event_types: list[str] | None
    description: str
    is_enabled: bool
    disabled_at: str | None
    disabled_reason: Literal['owner', 'failing', 'gone'] | None
    failing_since: str | None
    old_secret_until: str | None
    created_at: str
    secret: str


class EndpointIn(TypedDict):
    url: str
    event_types: NotRequired[list[str] | None]
    description: NotRequired[str]


class EndpointOut(TypedDict):
    id: str
    url: str
    event_types: list[str] | None
    description: str
    is_enabled: bool
    disabled_at: str | None
    disabled_reason: Literal['owner', 'failing', 'gone'] | None
    failing_since: str | None
    old_secret_until: str | None
    created_at: str


class EntryOut(TypedDict):
    item_id: str
    document_date: str
    due_date: str
    kind: str
    document_number: str | None
    reference: str | None
    amount: str
    balance: str


class EscalationIn(TypedDict):
    note: NotRequired[str | None]


class ExchangeAcceptIn(TypedDict):
    is_restocked: NotRequired[bool]


class ExchangeDeclineIn(TypedDict):
    reason: NotRequired[str | None]


class ExchangeIn(TypedDict):
    back: list[LineQuantityIn]
    same: NotRequired[list[LineQuantityIn]]
    others: NotRequired[list[WishIn]]
    reason: str
    is_restocked: NotRequired[bool]


class ExchangeOut(TypedDict):
    id: str
    order_id: str
    currency: str
    side: str
    state: str
    reason: str
    back: list[ClaimLineOut]
    same: list[ClaimLineOut]
    others: list[OtherGoodOut]
    agreed: str | None
    made_at: str
    answer: str | None
    answered_at: str | None
    credit_note_id: str | None
    replacement_id: str | None
    new_order_id: str | None
    credited: str | None
    charged: str | None


class ExpenseHeadIn(TypedDict):
    name: str
    head: Literal['rent', 'electricity', 'salaries', 'transport', 'refreshments', 'telephone', 'repairs', 'packing', 'bank_charges', 'licence_fees', 'other_expenses']


class ExpenseHeadOut(TypedDict):
    id: str | None
    name: str
    head: str


class ExpenseIn(TypedDict):
    head: str
    amount: str
    mode: Literal['cash', 'upi', 'card', 'bank', 'cheque']
    spent_on: NotRequired[str | None]
    reference: NotRequired[str | None]
    note: NotRequired[str | None]
    confirm_duplicate: NotRequired[bool]


class ExpenseOut(TypedDict):
    id: str
    kind: str
    head: str
    own_head: str | None
    amount: str
    currency: str
    mode: Literal['cash', 'upi', 'card', 'bank', 'cheque']
    reference: str | None
    note: str | None
    spent_on: str
    recorded_at: str
    reverses_id: str | None
    reversed_by_id: str | None


class ExposuresOut(TypedDict):
    items: list[VendorExposureOut]
    next_cursor: str | None
    total: list[serving__risk__schemas__ExposureOut]


class ForecastDayOut(TypedDict):
    vendor_id: str
    product_id: str
    origin: str
    currency: str
    business_date: str
    step: int
    mean_units: float
    p10_units: float
    p50_units: float
    p80_units: float
    p90_units: float
    model: str
    interval_basis: str
    reason: str
    model_version: str
    as_of: str


class ForgottenIn(TypedDict):
    email: str


class FreeGoodsIn(TypedDict):
    buy: str
    unit: str
    get: str
    free_unit: str
    free_product_id: NotRequired[str | None]


class GiveUpIn(TypedDict):
    reason: NotRequired[str | None]


class GoodsReceiptLineOut(TypedDict):
    line_no: int
    product_id: str
    sku: str
    name: str
    unit: str
    quantity: str
    base_unit: str
    base_quantity: str
    stocked_quantity: str
    cost: str
    unit_cost: str
    batches: list[ReceivedBatchOut]


class GoodsReceiptOut(TypedDict):
    id: str
    kind: str
    vendor_id: str
    vendor: str
    order_id: str
    delivery_id: str
    number: str
    document_date: str
    currency: str
    cost: str
    received_at: str
    lines: list[GoodsReceiptLineOut]


class GoodsReceiptRowOut(TypedDict):
    id: str
    kind: str
    vendor_id: str
    vendor: str
    order_id: str
    delivery_id: str
    number: str
    document_date: str
    currency: str
    cost: str
    received_at: str


class HandedBatchOut(TypedDict):
    line_no: int
    batch: str
    expires_on: str | None
    mrp: str | None
    quantity: str
    unit: str


class HandedLineIn(TypedDict):
    line_no: int
    quantity: str
    batches: NotRequired[list[BatchPartIn] | None]


class HandedOverOut(TypedDict):
    id: str
    order: OrderOut


class HealthOut(TypedDict):
    status: Literal['ok', 'bad']
    database: Literal['answers', 'does not answer', 'has no tables']
    workers: int
    oldest_unsealed_seconds: float | None
    oldest_unprocessed_seconds: float | None
    failed_jobs: int
    reasons: list[str]


class HistoryItemOut(TypedDict):
    id: str
    vendor_id: str
    retailer_id: str
    kind: Literal['charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'reinstatement', 'discount_reversal', 'payment', 'credit_note', 'write_off', 'fee_waiver', 'cancel_credit', 'cash_discount']
    amount: str
    currency: str
    document_date: str
    due_date: str
    document_number: str | None
    order_id: str | None
    payment_id: str | None
    mode: str | None
    reference: str | None
    reverses_id: str | None
    reversal_reason: str | None
    recorded_at: str


class HsnOut(TypedDict):
    hsn: str | None
    unit: str
    supply: str
    rate: str
    cess_rate: str
    quantity: str
    taxable: str
    cgst: str
    sgst: str
    igst: str
    cess: str
    vat: str
    total: str


class IgnoreIn(TypedDict):
    reason: str


class InterestOut(TypedDict):
    item_id: str | None
    amount: str


class InterestRuleIn(TypedDict):
    percent: float | str
    after_days: int


class InterestRuleOut(TypedDict):
    percent: str
    after_days: int


class InvitationIn(TypedDict):
    position: Literal['owner', 'accountant', 'cashier', 'salesman', 'collector']
    full_name: str
    email: NotRequired[str | None]
    phone: NotRequired[str | None]
    role: NotRequired[Literal['vendor', 'retailer'] | None]


class InvitationOut(TypedDict):
    id: str
    channel: Literal['mail', 'phone']
    address: str
    full_name: str
    role: Literal['vendor', 'retailer']
    position: Literal['owner', 'accountant', 'cashier', 'salesman', 'collector']
    invited_by: str
    invited_at: str
    expires_at: str


class InvoiceLineOut(TypedDict):
    hsn: str | None
    supply: str
    rate: str
    cess_rate: str
    taxable: str
    cgst: str
    sgst: str
    igst: str
    cess: str
    vat: str
    total: str
    line_no: int
    order_line_no: int | None
    product_id: str
    sku: str
    name: str
    unit: str
    quantity: str
    unit_price: str
    mrp: str | None
    discount: str
    short_quantity: str
    original_id: str | None
    original_line_no: int | None
    original_number: str | None
    trace: dict[str, Any]


class InvoiceOut(TypedDict):
    id: str
    kind: str
    number: str
    fiscal_year: str
    vendor_id: str
    state: Literal['issued', 'part_paid', 'paid', 'cancelled']
    retailer_id: str | None
    order_id: str | None
    delivery_id: str | None
    customer_id: str | None
    document_date: str
    currency: str
    place_of_supply: str | None
    gives_input_tax: bool
    taxable: str
    tax: str
    total: str
    discount: str
    round_off: str
    payable: str
    open: str | None
    till: str | None
    client_id: str | None
    original_id: str | None
    timing: str | None
    reason: str | None
    cancelled_on: str | None
    cancelled_because: str | None
    issued_at: str
    vendor: InvoicePartyOut
    retailer: InvoicePartyOut | None
    buyer: BuyerOut | None
    customer: CustomerOut | None
    tenders: list[TenderOut]
    lines: list[InvoiceLineOut]
    hsn_summary: list[TaxSumOut]
    amount_in_words: str


class InvoicePartyOut(TypedDict):
    id: str
    name: str
    state: str
    profile: str | None
    registration_number: str | None


class InvoiceRowOut(TypedDict):
    id: str
    kind: str
    number: str
    fiscal_year: str
    vendor_id: str
    state: Literal['issued', 'part_paid', 'paid', 'cancelled']
    retailer_id: str | None
    order_id: str | None
    delivery_id: str | None
    customer_id: str | None
    document_date: str
    currency: str
    place_of_supply: str | None
    gives_input_tax: bool
    taxable: str
    tax: str
    total: str
    discount: str
    round_off: str
    payable: str
    open: str | None
    till: str | None
    client_id: str | None
    original_id: str | None
    timing: str | None
    reason: str | None
    cancelled_on: str | None
    cancelled_because: str | None
    issued_at: str


class JoinIn(TypedDict):
    token: str
    password: str
    full_name: NotRequired[str | None]


class KeptLineOut(TypedDict):
    product_id: str
    name: str
    unit: str
    unit_price: str
    quantity: str
    is_free: bool
    steps: list[serving__orders__schemas__StepOut]
    added_tax: AddedTaxOut | None


class KeptQuoteOut(TypedDict):
    id: str
    vendor_id: str
    retailer_id: str
    currency: str
    settlement: str
    total: str
    added_tax: str
    made_at: str
    valid_until: str
    again_of: str | None
    order_id: str | None
    lines: list[KeptLineOut]


class KeySetOut(TypedDict):
    keys: list[dict[str, str]]


class KhataDayOut(TypedDict):
    given: str
    collected: str
    outstanding: str


class KhataDebitIn(TypedDict):
    customer_id: str
    amount: str
    entered_on: NotRequired[str | None]
    reference: NotRequired[str | None]
    confirm_duplicate: NotRequired[bool]
    due_on: NotRequired[str | None]


class KhataEntryOut(TypedDict):
    id: str
    item_id: str
    amount: str
    reverses_id: str | None
    customer: CustomerOut


class KhataPaymentIn(TypedDict):
    customer_id: str
    amount: str
    entered_on: NotRequired[str | None]
    reference: NotRequired[str | None]
    confirm_duplicate: NotRequired[bool]
    mode: Literal['cash', 'upi', 'card', 'bank', 'cheque']
    settles: NotRequired[list[AllocationIn]]
    is_rest_kept: NotRequired[bool]


class KhataReversalIn(TypedDict):
    reason: Literal['bounced', 'mistake']
    entered_on: NotRequired[str | None]


class KhataRowOut(TypedDict):
    id: str
    kind: str
    amount: str
    open: str
    currency: str
    document_date: str
    due_date: str
    document_number: str | None
    source: str
    source_id: str
    mode: Literal['cash', 'upi', 'card', 'bank', 'cheque'] | None
    reference: str | None
    reverses_id: str | None
    reversal_reason: Literal['bounced', 'mistake'] | None
    recorded_at: str


class KhataStatementOut(TypedDict):
    customer: str
    currency: str
    first: str
    last: str
    opening: str
    entries: list[StatementRowOut]
    closing: str


class LayoutIn(TypedDict):
    heading_row: int
    columns: dict[str, int]
    date_order: NotRequired[Literal['dmy', 'mdy', 'ymd']]


class LayoutOut(TypedDict):
    heading_row: int
    columns: dict[str, int]
    date_order: str


class LedgerReversalIn(TypedDict):
    reason: NotRequired[Literal['mistake', 'bounced']]
    note: NotRequired[str | None]
    entered_on: NotRequired[str | None]


class LedgerTransactionOut(TypedDict):
    id: str
    kind: str
    source: str
    source_id: str
    effective_date: str
    recorded_at: str
    is_assumed: bool
    document_number: str | None
    reverses_id: str | None
    reversed_by_id: str | None
    is_reversible: bool
    undone_by: str
    postings: list[PostingOut]


class LevelOut(TypedDict):
    product_id: str
    sku: str
    name: str
    unit: str
    on_hand: str
    reserved: str
    expired: str
    free: str
    threshold: str | None
    is_low: bool
    changed_at: str


class LimitIn(TypedDict):
    limit: str
    reason: str
    net_days: NotRequired[int | None]
    day_of_month: NotRequired[int | None]
    advance_percent: NotRequired[int | None]


class LimitOut(TypedDict):
    agreement_id: str
    vendor_id: str
    retailer_id: str
    currency: str
    limit: str
    owed: str
    held: str
    available: str
    agreed_at: str


class LineAcceptanceIn(TypedDict):
    parts: list[PartIn]
    confirm_duplicate: NotRequired[bool]


class LineQuantityIn(TypedDict):
    line_no: int
    quantity: str


class LineTargetIn(TypedDict):
    line_no: int
    quantity: str


class LinkIn(TypedDict):
    payment_id: str


class LinkOut(TypedDict):
    url: str
    until: str


class LoginIn(TypedDict):
    email: NotRequired[str | None]
    phone: NotRequired[str | None]
    password: str
    second_factor: NotRequired[str | None]


class LoweredOut(TypedDict):
    currency: str
    lowered: str


class MarketAverageOut(TypedDict):
    product_id: str
    sku: str
    base_unit: str
    country: str
    currency: str
    origin: str
    method: str
    market: serving__prices__schemas__MarketOut
    own_price: str | None
    over_average_percent: str | None


class MemberOut(TypedDict):
    id: str
    full_name: str
    email: str | None
    phone: str | None
    role: Literal['vendor', 'retailer']
    position: Literal['owner', 'accountant', 'cashier', 'salesman', 'collector']
    created_at: str


class MessageButtonOut(TypedDict):
    id: str
    label: str


class MessageConsentIn(TypedDict):
    channel: NotRequired[Literal['whatsapp', 'sms', 'mail', 'all']]
    purpose: Literal['bill', 'payment', 'reminder', 'offer', 'all']
    is_given: bool


class MessageConsentOut(TypedDict):
    id: str
    channel: Literal['whatsapp', 'sms', 'mail', 'all']
    purpose: Literal['bill', 'payment', 'reminder', 'offer', 'all']
    is_given: bool
    how: Literal['reply', 'shop']
    message_id: str | None
    recorded_by: str | None
    recorded_at: str


class MessageIn(TypedDict):
    customer_id: str
    purpose: Literal['bill', 'payment', 'reminder', 'offer']
    template: str
    values: dict[str, Any]
    channel: NotRequired[Literal['whatsapp', 'sms', 'mail'] | None]


class MessageOut(TypedDict):
    id: str
    direction: Literal['out', 'in']
    customer_id: str | None
    purpose: Literal['bill', 'payment', 'reminder', 'offer', 'stock', 'summary', 'answer', 'other']
    template: str | None
    language: Literal['en', 'hi', 'ne']
    channel: Literal['whatsapp', 'sms', 'mail', 'none']
    recipient: str | None
    title: str | None
    body: str | None
    link: str | None
    buttons: list[MessageButtonOut]
    files: list[str]
    about: str | None
    reply_to_id: str | None
    resend_of_id: str | None
    button: str | None
    state: Literal['queued', 'sent', 'delivered', 'read', 'failed', 'refused', 'expired', 'suppressed', 'received']
    reason: str | None
    is_resendable: bool
    tries: int
    said_at: str
    not_before: str
    expires_at: str
    sent_at: str | None
    delivered_at: str | None
    read_at: str | None
    sandbox_url: str | None


class MessageSettingsIn(TypedDict):
    sms_header: NotRequired[str | None]
    principal_entity_id: NotRequired[str | None]
    dlt_templates: NotRequired[dict[str, str]]
    reminders_per_day: NotRequired[int]
    offers_per_day: NotRequired[int]


class MessageSettingsOut(TypedDict):
    sms_header: str | None
    principal_entity_id: str | None
    dlt_templates: dict[str, str]
    reminders_per_day: int
    offers_per_day: int
    version: int


class MessageTemplateOut(TypedDict):
    name: str
    purposes: list[str]
    category: Literal['utility', 'marketing']
    placeholders: list[str]
    buttons: list[str]
    words: list[MessageWordsOut]


class MessageWordsOut(TypedDict):
    language: Literal['en', 'hi', 'ne']
    title: str
    body: str
    dlt_text: str


class MetricOut(TypedDict):
    as_of: str
    run_id: str
    metric: str
    label: str
    description: str
    unit: Literal['rupees', 'rupees_per_order', 'count', 'ratio']
    rows: list[dict[str, str | None]]


class MetricsOut(TypedDict):
    retailer_id: str
    as_of: str
    figures: list[serving__financial__schemas__FiguresOut]
    market: list[serving__financial__schemas__MarketOut] | None
    advice: AdviceOut | None


class MissingOut(TypedDict):
    product_id: str
    sku: str
    name: str
    unit: str
    quantity: str


class MovementOut(TypedDict):
    id: str
    product_id: str
    sku: str
    name: str
    unit: str
    kind: str
    quantity: str
    on_hand_after: str | None
    reason: str | None
    source_id: str | None
    batch_id: str | None
    batch: str | None
    moved_at: str


class NewApiKeyOut(TypedDict):
    id: str
    name: str
    mode: Literal['live', 'test']
    prefix: str
    scopes: list[str]
    made_by: str
    made_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    key: str


class OfferAppliedOut(TypedDict):
    id: str
    new_offers: int
    changed_offers: int
    new_products: int
    left_out: int
    applied_at: str


class OfferCreatedOut(TypedDict):
    id: str
    warnings: list[WarningOut]


class OfferIn(TypedDict):
    unit: str
    unit_price: str
    minimum_quantity: NotRequired[str]
    carton_multiple: NotRequired[str]
    is_tax_inclusive: NotRequired[bool]
    availability: NotRequired[Literal['tracked', 'flag', 'always']]
    is_listed: NotRequired[bool]
    lead_time_days: NotRequired[int]
    tiers: NotRequired[list[TierIn]]
    valid_from: NotRequired[str | None]
    valid_until: NotRequired[str | None]


class OfferOut(TypedDict):
    vendor_id: str
    unit: str
    unit_price: str
    currency: str
    minimum_quantity: str
    carton_multiple: str
    is_tax_inclusive: bool
    availability: str
    tiers: list[TierOut]
    lead_time_days: int
    valid_from: str
    valid_until: str | None


class OfferPreviewOut(TypedDict):
    token: str
    new: int
    changed: int
    same: int
    errors: int
    new_products: int
    lines: list[SheetLineOut]


class OfferSheetApplyIn(TypedDict):
    sheet: str
    token: str
    only_good: NotRequired[bool]


class OfferSheetIn(TypedDict):
    sheet: str


class OnBehalfIn(TypedDict):
    retailer_id: str
    lines: list[WishIn]
    settlement: NotRequired[Literal['credit', 'cash']]
    allow_partial: NotRequired[bool]
    slot: NotRequired[ChosenSlotIn | None]


class OpenItemOut(TypedDict):
    id: str
    kind: str
    is_debt: bool
    amount: str
    open: str
    document_date: str
    due_date: str
    days_past_due: int
    document_number: str | None
    order_id: str | None


class OpenItemsOut(TypedDict):
    items: list[OpenItemOut]
    next_cursor: str | None
    vendor_id: str
    retailer_id: str
    currency: str
    debts: str
    advances: str


class OpenSlotOut(TypedDict):
    slot_id: str
    day: str
    begins_at: str
    ends_at: str
    change_until: str


class OpeningStockIn(TypedDict):
    sheet: str
    is_preview: NotRequired[bool]


class OpeningStockOut(TypedDict):
    receipt_id: str | None
    lines: int
    faults: list[serving__stock__schemas__FaultOut]


class OpeningsIn(TypedDict):
    sheet: str
    is_preview: NotRequired[bool]


class OpeningsOut(TypedDict):
    is_written: bool
    lines: int
    total: str
    faults: list[serving__credit__report_schemas__FaultOut]


class OrderIn(TypedDict):
    vendor_id: str
    lines: NotRequired[list[WishIn] | None]
    quote_id: NotRequired[str | None]
    settlement: NotRequired[Literal['credit', 'cash']]
    allow_partial: NotRequired[bool]
    slot: NotRequired[ChosenSlotIn | None]


class OrderLineOut(TypedDict):
    line_no: int
    product_id: str
    sku: str
    name: str
    unit: str
    unit_price: str
    free_with_line: int | None
    steps: list[serving__orders__schemas__StepOut]
    added_tax: AddedTaxOut | None
    asked_quantity: str
    ordered_quantity: str
    delivered_quantity: str
    cancelled_quantity: str
    returned_quantity: str


class OrderOut(TypedDict):
    id: str
    number: str
    vendor_id: str
    retailer_id: str
    currency: str
    settlement: str
    order_state: str
    fulfilment_state: str
    credit_state: str
    total: str
    delivered: str
    returned: str
    placed_at: str
    accepted_at: str | None
    promised_on: str | None
    closed_at: str | None
    expires_at: str | None
    release_at: str | None
    slot_id: str | None
    channel: str
    version: int
    waiting: WaitingOut | None
    slot: OrderSlotOut | None
    payment_state: str
    charged: str
    settled: str
    added_tax: str
    lines: list[OrderLineOut]
    deliveries: list[serving__orders__schemas__DeliveryOut]
    timeline: list[TimelineEntryOut]


class OrderRowOut(TypedDict):
    id: str
    number: str
    vendor_id: str
    retailer_id: str
    currency: str
    settlement: str
    order_state: str
    fulfilment_state: str
    credit_state: str
    total: str
    delivered: str
    returned: str
    placed_at: str
    accepted_at: str | None
    promised_on: str | None
    closed_at: str | None
    expires_at: str | None
    release_at: str | None
    slot_id: str | None
    channel: str
    version: int


class OrderSlotOut(TypedDict):
    begins_at: str
    ends_at: str
    change_until: str


class OtherGoodOut(TypedDict):
    product_id: str
    unit: str | None
    quantity: str


class OwedOut(TypedDict):
    currency: str
    owed: str


class Page_ActionOut_(TypedDict):
    items: list[ActionOut]
    next_cursor: str | None


class Page_AlertOut_(TypedDict):
    items: list[AlertOut]
    next_cursor: str | None


class Page_ApprovalOut_(TypedDict):
    items: list[ApprovalOut]
    next_cursor: str | None


class Page_AuditEntryOut_(TypedDict):
    items: list[AuditEntryOut]
    next_cursor: str | None


class Page_BackOrderOut_(TypedDict):
    items: list[BackOrderOut]
    next_cursor: str | None


class Page_BalanceOut_(TypedDict):
    items: list[BalanceOut]
    next_cursor: str | None


class Page_BankLineOut_(TypedDict):
    items: list[BankLineOut]
    next_cursor: str | None


class Page_BankStatementOut_(TypedDict):
    items: list[BankStatementOut]
    next_cursor: str | None


class Page_BatchOut_(TypedDict):
    items: list[BatchOut]
    next_cursor: str | None


class Page_BusinessCardOut_(TypedDict):
    items: list[BusinessCardOut]
    next_cursor: str | None


class Page_CbmsReportOut_(TypedDict):
    items: list[CbmsReportOut]
    next_cursor: str | None


class Page_ChequeOut_(TypedDict):
    items: list[ChequeOut]
    next_cursor: str | None


class Page_ClaimOut_(TypedDict):
    items: list[serving__credit__desk_schemas__ClaimOut]
    next_cursor: str | None


class Page_ConsentOut_(TypedDict):
    items: list[ConsentOut]
    next_cursor: str | None


class Page_CustomerOut_(TypedDict):
    items: list[CustomerOut]
    next_cursor: str | None


class Page_CustomerPriceOut_(TypedDict):
    items: list[CustomerPriceOut]
    next_cursor: str | None


class Page_DeliveryOut_(TypedDict):
    items: list[serving__webhooks__schemas__DeliveryOut]
    next_cursor: str | None


class Page_DisputeRowOut_(TypedDict):
    items: list[DisputeRowOut]
    next_cursor: str | None


class Page_DraftRowOut_(TypedDict):
    items: list[DraftRowOut]
    next_cursor: str | None


class Page_EndpointOut_(TypedDict):
    items: list[EndpointOut]
    next_cursor: str | None


class Page_ExpenseOut_(TypedDict):
    items: list[ExpenseOut]
    next_cursor: str | None


class Page_ExposureOut_(TypedDict):
    items: list[serving__financial__schemas__ExposureOut]
    next_cursor: str | None


class Page_ForecastDayOut_(TypedDict):
    items: list[ForecastDayOut]
    next_cursor: str | None


class Page_GoodsReceiptRowOut_(TypedDict):
    items: list[GoodsReceiptRowOut]
    next_cursor: str | None


class Page_HistoryItemOut_(TypedDict):
    items: list[HistoryItemOut]
    next_cursor: str | None


class Page_InvitationOut_(TypedDict):
    items: list[InvitationOut]
    next_cursor: str | None


class Page_InvoiceRowOut_(TypedDict):
    items: list[InvoiceRowOut]
    next_cursor: str | None


class Page_KhataRowOut_(TypedDict):
    items: list[KhataRowOut]
    next_cursor: str | None


class Page_LedgerTransactionOut_(TypedDict):
    items: list[LedgerTransactionOut]
    next_cursor: str | None


class Page_LevelOut_(TypedDict):
    items: list[LevelOut]
    next_cursor: str | None


class Page_LimitOut_(TypedDict):
    items: list[LimitOut]
    next_cursor: str | None


class Page_MemberOut_(TypedDict):
    items: list[MemberOut]
    next_cursor: str | None


class Page_MessageConsentOut_(TypedDict):
    items: list[MessageConsentOut]
    next_cursor: str | None


class Page_MessageOut_(TypedDict):
    items: list[MessageOut]
    next_cursor: str | None


class Page_MovementOut_(TypedDict):
    items: list[MovementOut]
    next_cursor: str | None


class Page_OrderRowOut_(TypedDict):
    items: list[OrderRowOut]
    next_cursor: str | None


class Page_PastLimitOut_(TypedDict):
    items: list[PastLimitOut]
    next_cursor: str | None


class Page_PriceAlertOut_(TypedDict):
    items: list[PriceAlertOut]
    next_cursor: str | None


class Page_ProductOut_(TypedDict):
    items: list[ProductOut]
    next_cursor: str | None


class Page_PromiseOut_(TypedDict):
    items: list[PromiseOut]
    next_cursor: str | None


class Page_RankedVendorOut_(TypedDict):
    items: list[RankedVendorOut]
    next_cursor: str | None


class Page_RecommendationOut_(TypedDict):
    items: list[RecommendationOut]
    next_cursor: str | None


class Page_RegisteredOut_(TypedDict):
    items: list[RegisteredOut]
    next_cursor: str | None


class Page_ReminderOut_(TypedDict):
    items: list[ReminderOut]
    next_cursor: str | None


class Page_RuleOut_(TypedDict):
    items: list[RuleOut]
    next_cursor: str | None


class Page_SchemeOut_(TypedDict):
    items: list[SchemeOut]
    next_cursor: str | None


class Page_ShopPriceOut_(TypedDict):
    items: list[ShopPriceOut]
    next_cursor: str | None


class Page_SlotOut_(TypedDict):
    items: list[SlotOut]
    next_cursor: str | None


class Page_StockInRowOut_(TypedDict):
    items: list[StockInRowOut]
    next_cursor: str | None


class Page_SupplierOut_(TypedDict):
    items: list[SupplierOut]
    next_cursor: str | None


class Page_SupplierPaymentOut_(TypedDict):
    items: list[SupplierPaymentOut]
    next_cursor: str | None


class Page_TaxClassRowOut_(TypedDict):
    items: list[TaxClassRowOut]
    next_cursor: str | None


class Page_TemplateOut_(TypedDict):
    items: list[TemplateOut]
    next_cursor: str | None


class Page_UnprovenOut_(TypedDict):
    items: list[UnprovenOut]
    next_cursor: str | None


class Page_WriteOffOut_(TypedDict):
    items: list[WriteOffOut]
    next_cursor: str | None


class PairStopIn(TypedDict):
    tolerance_percent: NotRequired[float | str]
    overdue_days: NotRequired[int | None]
    window_minutes: NotRequired[int]
    escalate_minutes: NotRequired[int | None]
    reason: str
    mode: Literal['refuse', 'hold', 'hold-all', 'refuse-all', 'as-vendor']


class PartIn(TypedDict):
    retailer_id: str
    amount: str
    settles: NotRequired[list[AllocationIn]]
    claim_id: NotRequired[str | None]


class PasswordIn(TypedDict):
    password: str
    new_password: str


class PastDueOut(TypedDict):
    item_id: str
    amount: str
    due_date: str
    days_past_due_max: int
    steps: list[serving__credit__report_schemas__StepOut]


class PastLimitOut(TypedDict):
    id: str
    limit: str
    reason: str
    approved_by: str | None
    policy_version: str | None
    valid_from: str


class PayerOut(TypedDict):
    retailer_id: str
    delay_days: int
    settled_items: int


class PaymentIn(TypedDict):
    retailer_id: str
    amount: str
    mode: Literal['cash', 'upi', 'bank', 'card', 'cheque']
    paid_on: NotRequired[str | None]
    reference: NotRequired[str | None]
    settles: NotRequired[list[AllocationIn]]
    is_rest_kept: NotRequired[bool]
    confirm_duplicate: NotRequired[bool]
    confirm_amount: NotRequired[bool]


class PaymentOut(TypedDict):
    id: str
    item_id: str
    retailer_id: str
    amount: str
    reverses_id: str | None
    limit: LimitOut


class PaymentReversalIn(TypedDict):
    reason: Literal['bounced', 'mistake']
    reversed_on: NotRequired[str | None]
    reference: NotRequired[str | None]


class PhoneCodeIn(TypedDict):
    phone: str
    code: str


class PhoneIn(TypedDict):
    phone: str


class PhoneLoginIn(TypedDict):
    phone: str
    code: str
    second_factor: NotRequired[str | None]


class PlaceIn(TypedDict):
    latitude: float | str
    longitude: float | str


class PolicyIn(TypedDict):
    write_off_max: str


class PolicyOut(TypedDict):
    write_off_max: str


class PositionIn(TypedDict):
    position: Literal['owner', 'accountant', 'cashier', 'salesman', 'collector']


class PositionOut(TypedDict):
    vendor_id: str
    vendor: str
    retailer_id: str
    retailer: str
    currency: str
    limit: str
    net_days: int | None
    day_of_month: int | None
    advance_percent: int | None
    owed: str
    held: str | None
    not_due: str
    days_1_30: str
    days_31_60: str
    days_61_90: str
    over_90_days: str
    disputed: str
    overdue: str
    exposure: str
    days_past_due: int


class PostingOut(TypedDict):
    account: str
    party_id: str | None
    customer_id: str | None
    amount: str
    currency: str


class PriceAlertMoveOut(TypedDict):
    state: str
    note: str | None
    moved_by: str
    moved_at: str


class PriceAlertOut(TypedDict):
    id: str
    kind: str
    product_id: str
    sku: str
    name: str
    vendor_id: str
    facts: dict[str, str]
    state: str
    raised_at: str
    changed_at: str


class PriceAlertShownOut(TypedDict):
    id: str
    kind: str
    product_id: str
    sku: str
    name: str
    vendor_id: str
    facts: dict[str, str]
    state: str
    raised_at: str
    changed_at: str
    moves: list[PriceAlertMoveOut]


class PriceAlertStateIn(TypedDict):
    state: Literal['open', 'acknowledged', 'closed']
    note: NotRequired[str | None]


class PriceDayOut(TypedDict):
    day: str
    market: serving__prices__schemas__MarketOut
    price: str | None


class PriceHistoryOut(TypedDict):
    product_id: str
    sku: str
    base_unit: str
    country: str
    currency: str
    origin: str
    method: str
    trend_percent: str | None
    days: list[PriceDayOut]


class Problem(TypedDict):
    type: str
    title: str
    status: int
    code: str
    detail: str


class ProblemOut(TypedDict):
    code: str
    message: str
    facts: dict[str, Any]


class ProductChangesIn(TypedDict):
    name: NotRequired[str]
    category: NotRequired[str]
    hsn: NotRequired[str | None]
    barcode: NotRequired[str | None]
    names: NotRequired[dict[str, list[str]]]
    is_active: NotRequired[bool]
    version: NotRequired[str | None]


class ProductCreatedOut(TypedDict):
    id: str
    sku: str


class ProductIn(TypedDict):
    sku: str
    name: str
    category: str
    base_unit: str
    units: NotRequired[dict[str, str]]
    hsn: NotRequired[str | None]
    barcode: NotRequired[str | None]
    names: NotRequired[dict[str, list[str]]]


class ProductOut(TypedDict):
    id: str
    sku: str
    name: str
    category: str
    base_unit: str
    hsn: str | None
    is_active: bool
    version: str
    barcode: str | None
    offers: list[OfferOut]


class ProductTaxClassIn(TypedDict):
    tax_class: str
    condition: NotRequired[Literal['loose', 'pre-packaged'] | None]
    valid_from: NotRequired[str | None]
    country: NotRequired[Literal['IN', 'NP'] | None]


class ProductTaxClassOut(TypedDict):
    product_id: str
    country: str
    day: str
    tax_class: str | None
    condition: str | None
    valid_from: str | None
    is_platforms: bool | None
    row: RateOut | None
    unknown_because: str | None


class ProfileOut(TypedDict):
    id: str
    email: str | None
    phone: str | None
    full_name: str
    role: str
    position: str | None
    business_id: str | None
    created_at: str
    business: BusinessOut | None


class PromiseIn(TypedDict):
    retailer_id: str
    amount: str
    due_on: str
    note: NotRequired[str | None]


class PromiseOut(TypedDict):
    id: str
    retailer_id: str
    amount: str
    currency: str
    promised_on: str
    due_on: str
    paid: str
    outcome: Literal['open', 'kept', 'kept-in-part', 'broken']
    note: str | None
    recorded_by: str
    recorded_at: str


class ProofIn(TypedDict):
    received_by: str
    received_at: NotRequired[str | None]
    place: NotRequired[PlaceIn | None]
    note: NotRequired[str | None]
    photo: NotRequired[str | None]
    signature: NotRequired[str | None]


class ProofOut(TypedDict):
    id: str
    delivery_id: str
    received_by: str
    received_at: str
    note: str | None
    latitude: str | None
    longitude: str | None
    has_photo: bool
    has_signature: bool
    recorded_at: str


class ProposalIn(TypedDict):
    lines: list[LineTargetIn]
    note: NotRequired[str | None]
    version: NotRequired[int | None]


class ProposedLineOut(TypedDict):
    line_no: int
    before: str
    quantity: str


class QuantilesOut(TypedDict):
    p10: str
    p25: str
    p50: str
    p75: str
    p90: str


class QuoteIn(TypedDict):
    vendor_id: str
    lines: list[WishIn]
    settlement: NotRequired[Literal['credit', 'cash']]


class QuoteOut(TypedDict):
    vendor_id: str
    retailer_id: str
    currency: str
    total: str
    added_tax: str
    promised_on: str
    lines: list[QuotedLineOut]


class QuotedLineOut(TypedDict):
    product_id: str
    name: str
    unit: str
    unit_price: str
    quantity: str
    amount: str
    added_tax: AddedTaxOut | None
    is_free: bool
    steps: list[serving__orders__schemas__StepOut]


class RankedVendorOut(TypedDict):
    vendor_id: str
    name: str | None
    zone: str | None
    origin: str
    currency: str
    rank: int | None
    grade: str
    score: float | None
    fill: float | None
    on_time: float | None
    acceptance: float | None
    price: float | None
    orders_asked: int
    deliveries: int
    reason: str
    model_version: str
    as_of: str


class RateOut(TypedDict):
    condition: str | None
    supply: str
    rate: str
    cess: str
    cess_per_piece: str
    cess_on_retail_price: str
    valued_on: str
    valid_from: str | None
    valid_until: str | None
    source: str
    certainty: str
    reason: str


class ReadLineOut(TypedDict):
    line_no: int
    booked_on: str
    amount: str
    narration: str
    reference: str | None


class ReallocationIn(TypedDict):
    settles: list[AllocationIn]
    is_rest_kept: NotRequired[bool]


class ReasonOut(TypedDict):
    code: str
    text: str


class ReceiptIn(TypedDict):
    kind: NotRequired[Literal['opening', 'receipt']]
    lines: list[ReceivedLineIn]
    reason: NotRequired[str | None]


class ReceiptOut(TypedDict):
    id: str
    kind: str
    reason: str | None
    received_at: str
    lines: list[ReceivedLineOut]


class ReceivedBatchOut(TypedDict):
    batch: str
    expires_on: str | None
    mrp: str | None
    quantity: str


class ReceivedLineIn(TypedDict):
    product_id: str
    quantity: str
    batch: NotRequired[str | None]
    expires_on: NotRequired[str | None]
    mrp: NotRequired[str | None]


class ReceivedLineOut(TypedDict):
    product_id: str
    sku: str
    name: str
    unit: str
    quantity: str
    on_hand_after: str | None
    batch: str | None
    expires_on: str | None


class ReceivedOut(TypedDict):
    id: str
    received_by: str
    received_at: str
    has_photo: bool
    has_signature: bool


class RecommendationOut(TypedDict):
    product_id: str
    sku: str
    base_unit: str
    country: str
    currency: str
    origin: str
    method: str
    advice: str
    reason: str
    market: serving__prices__schemas__MarketOut
    own_price: str | None
    best: SourceOut | None


class RecordedOut(TypedDict):
    payment_id: str
    retailer_id: str
    amount: str
    paid_on: str
    reference: str | None


class RefreshIn(TypedDict):
    refresh_token: str


class RefusalIn(TypedDict):
    reason: str


class RegisterIn(TypedDict):
    email: str
    full_name: str
    password: str
    role: Literal['admin', 'vendor', 'retailer', 'loan_officer', 'analyst']
    business: NotRequired[BusinessIn | None]


class RegisterSummaryOut(TypedDict):
    first: str
    last: str
    by_hsn: list[HsnOut]
    series: list[SeriesOut]


class RegisteredOut(TypedDict):
    id: str
    document_date: str
    bikram_day: str | None
    number: str
    kind: str
    buyer: str | None
    buyer_number: str | None
    place_of_supply: str | None
    original_number: str | None
    is_cancelled: bool
    currency: str
    taxable: str
    untaxed: str
    cgst: str
    sgst: str
    igst: str
    cess: str
    vat: str
    round_off: str
    total: str


class ReminderChangeIn(TypedDict):
    remind_at: NotRequired[str | None]
    text: NotRequired[str | None]
    repeats: NotRequired[Literal['daily', 'weekly', 'monthly'] | None]
    repeats_until: NotRequired[str | None]


class ReminderIn(TypedDict):
    kind: Literal['payment_due', 'overdue', 'invoice', 'low_stock', 'expiry', 'follow_up', 'custom']
    remind_at: str
    customer_id: NotRequired[str | None]
    invoice_id: NotRequired[str | None]
    product_id: NotRequired[str | None]
    text: NotRequired[str | None]
    repeats: NotRequired[Literal['daily', 'weekly', 'monthly'] | None]
    repeats_until: NotRequired[str | None]


class ReminderOut(TypedDict):
    id: str
    kind: Literal['payment_due', 'overdue', 'invoice', 'low_stock', 'expiry', 'follow_up', 'custom']
    customer_id: str | None
    customer: str | None
    invoice_id: str | None
    product_id: str | None
    text: str | None
    remind_at: str
    repeats: Literal['daily', 'weekly', 'monthly'] | None
    repeats_until: str | None
    is_automatic: bool
    state: Literal['scheduled', 'sending', 'sent', 'failed', 'cancelled', 'skipped']
    waits_until: str | None
    tries: int
    reason: str | None
    message_id: str | None
    ended_at: str | None
    created_at: str
    version: int


class ReminderSettingsIn(TypedDict):
    days_before_due: NotRequired[int | None]
    days_after_due: NotRequired[int | None]
    at: NotRequired[str]


class ReminderSettingsOut(TypedDict):
    days_before_due: int | None
    days_after_due: int | None
    at: str
    version: int
    changed_at: str | None


class RemoveIn(TypedDict):
    do: Literal['remove']
    line: int


class ReplayIn(TypedDict):
    since: str
    event_types: NotRequired[list[str] | None]


class ReplayedOut(TypedDict):
    deliveries: int
    next_since: str | None


class ResetIn(TypedDict):
    token: str
    new_password: str


class ReturnIn(TypedDict):
    lines: list[HandedLineIn]
    reason: str
    is_restocked: NotRequired[bool]


class ReversalIn(TypedDict):
    reason: str


class RiskScoreOut(TypedDict):
    score: ScoreOut
    signals: list[AlertOut]


class RuleIn(TypedDict):
    name: str
    condition: str
    effect: NotRequired[Literal['alert', 'hold', 'lower-limit', 'stop']]
    lower_by: NotRequired[Literal['step', 'percent', 'to-owed'] | None]
    lower: NotRequired[str | None]
    lower_percent: NotRequired[float | str | None]


class RuleOut(TypedDict):
    id: str
    name: str
    version: int
    condition: str
    effect: Literal['alert', 'hold', 'lower-limit', 'stop']
    lower_by: Literal['step', 'percent', 'to-owed'] | None
    lower: str | None
    lower_percent: str | None
    state: Literal['draft', 'live', 'retired']
    written_by: str
    written_at: str
    live_by: str | None
    live_at: str | None
    retired_by: str | None
    retired_at: str | None
    dry_run: DryRunOut | None


class RulesIn(TypedDict):
    acceptance_minutes: NotRequired[int]
    quote_minutes: NotRequired[int]
    minimum_order: NotRequired[str]
    cancel_notice_hours: NotRequired[int | None]
    cancel_fee: NotRequired[str]
    cancel_fee_percent: NotRequired[float | str]
    cancel_fee_max: NotRequired[str | None]
    cancel_credit: NotRequired[str]
    cancel_credit_percent: NotRequired[float | str]
    cancel_credit_max: NotRequired[str | None]
    needs_proof: NotRequired[bool]
    release_days: NotRequired[int | None]


class RulesOut(TypedDict):
    acceptance_minutes: int
    quote_minutes: int
    minimum_order: str
    cancel_notice_hours: int | None
    cancel_fee: str
    cancel_fee_percent: str
    cancel_fee_max: str | None
    cancel_credit: str
    cancel_credit_percent: str
    cancel_credit_max: str | None
    needs_proof: bool
    release_days: int | None


class RunOut(TypedDict):
    day: str
    stops: list[serving__credit__collection_schemas__StopOut]
    next_cursor: str | None


class SalesOut(TypedDict):
    paid: str
    on_credit: str


class SampleOut(TypedDict):
    vendor_id: str
    retailer_id: str
    days: int
    last_day: str
    figures: dict[str, str | None]
    limit_before: NotRequired[str | None]
    limit_after: NotRequired[str | None]
    reason_code: NotRequired[str | None]


class SchemeIn(TypedDict):
    code: str
    name: str
    kind: NotRequired[Literal['free_goods', 'percent', 'amount', 'cash_discount']]
    product_id: NotRequired[str | None]
    free_goods: NotRequired[FreeGoodsIn | None]
    slabs: NotRequired[SlabsIn | None]
    cash_discount: NotRequired[CashDiscountIn | None]
    stacking: NotRequired[Literal['stackable', 'exclusive']]
    priority: NotRequired[int]
    valid_from: NotRequired[str | None]
    valid_until: NotRequired[str | None]


class SchemeOut(TypedDict):
    id: str
    vendor_id: str
    code: str
    name: str
    kind: str
    product_id: str | None
    terms: dict[str, Any]
    stacking: str
    priority: int
    valid_from: str
    valid_until: str | None


class ScoreOut(TypedDict):
    view: NotRequired[Literal['full']]
    retailer_id: str
    as_of: str
    score: int | None
    grade: str
    version: str
    components: list[ComponentOut]
    reasons: list[ReasonOut]


class SecondFactorOut(TypedDict):
    secret: str
    uri: str


class SecondFactorSetUpOut(TypedDict):
    recovery_codes: list[str]
    log_in: TokensOut


class SecretOut(TypedDict):
    secret: str
    old_secret_until: str
    is_older_ended: bool


class SeriesOut(TypedDict):
    series: str
    kind: str
    first_number: str
    last_number: str
    total: int
    cancelled: int
    missing: int


class SettledOut(TypedDict):
    retailer_id: str
    settled: str


class SettlementIn(TypedDict):
    outcome: Literal['credit-note', 'paid', 'withdrawn', 'upheld']
    credit_note_id: NotRequired[str | None]
    note: NotRequired[str | None]


class SettlementsOut(TypedDict):
    items: list[SettledOut]


class SheetChangeOut(TypedDict):
    column: str
    before: str
    after: str


class SheetFaultOut(TypedDict):
    column: str
    value: str
    reason: str


class SheetLineOut(TypedDict):
    line_no: int
    action: str
    product_id: str | None
    sku: str | None
    name: str | None
    is_new_product: bool
    changes: list[SheetChangeOut]
    price_percent: str | None
    faults: list[SheetFaultOut]
    warnings: list[WarningOut]


class ShopPriceIn(TypedDict):
    unit: str
    unit_price: str | None
    mrp: NotRequired[str | None]


class ShopPriceOut(TypedDict):
    id: str
    product_id: str
    sku: str
    name: str
    unit: str
    unit_price: str
    mrp: str | None
    currency: str
    valid_from: str


class SlabIn(TypedDict):
    begins_at: float | str
    off: float | str


class SlabsIn(TypedDict):
    basis: NotRequired[Literal['quantity', 'value']]
    slabs: list[SlabIn]


class SlotChangeIn(TypedDict):
    capacity: NotRequired[int | None]
    cutoff_hours: NotRequired[int | None]


class SlotDayIn(TypedDict):
    is_closed: NotRequired[bool]
    capacity: NotRequired[int | None]


class SlotDayOut(TypedDict):
    slot_id: str
    zone: str
    day: str
    begins_at: str
    ends_at: str
    change_until: str
    capacity: int
    taken: int
    is_closed: bool
    is_exception: bool


class SlotIn(TypedDict):
    zone: str
    weekday: int
    begins: str
    ends: str
    capacity: int
    cutoff_hours: NotRequired[int]


class SlotOut(TypedDict):
    id: str
    zone: str
    weekday: int
    begins: str
    ends: str
    capacity: int
    cutoff_hours: int


class SnoozeIn(TypedDict):
    until: str
    note: NotRequired[str | None]


class SoldOut(TypedDict):
    product_id: str
    sku: str
    name: str
    unit: str
    quantity: str
    total: str


class SourceOut(TypedDict):
    vendor_id: str
    vendor_name: str | None
    product_id: str
    unit: str
    quantity: str
    amount: str
    landed_unit_price: str
    availability: str
    lead_time_days: int
    reliability: float | None
    steps: list[str]


class StatementOut(TypedDict):
    vendor_id: str
    vendor: str
    retailer_id: str
    retailer: str
    currency: str
    first: str
    last: str
    known_at: str
    opening: str
    entries: list[EntryOut]
    closing: str
    not_due: str
    days_1_30: str
    days_31_60: str
    days_61_90: str
    over_90_days: str
    disputed: str
    advance: str
    days_past_due: int


class StatementRowOut(TypedDict):
    item_id: str
    document_date: str
    kind: str
    document_number: str | None
    reference: str | None
    amount: str
    balance: str


class StatusIn(TypedDict):
    status: Literal['accepted', 'declined', 'cancelled', 'delivered', 'completed']
    reason: NotRequired[str | None]
    promised_on: NotRequired[str | None]
    version: NotRequired[int | None]


class StockInIn(TypedDict):
    lines: list[StockInLineIn]
    paid_by: Literal['cash', 'upi', 'card', 'bank', 'cheque', 'owed']
    supplier_id: NotRequired[str | None]
    supplier: NotRequired[SupplierIn | None]
    invoice_number: NotRequired[str | None]
    document_date: NotRequired[str | None]
    reference: NotRequired[str | None]


class StockInLineIn(TypedDict):
    product_id: str
    quantity: str
    unit: NotRequired[str | None]
    cost: str
    tax: NotRequired[str]
    batch: NotRequired[str | None]
    expires_on: NotRequired[str | None]
    mrp: NotRequired[str | None]


class StockInLineOut(TypedDict):
    line_no: int
    product_id: str
    sku: str
    name: str
    unit: str
    quantity: str
    base_unit: str
    base_quantity: str
    cost: str
    tax: str
    unit_cost: str
    batch: str | None
    expires_on: str | None
    mrp: str | None


class StockInOut(TypedDict):
    id: str
    kind: str
    supplier_id: str | None
    supplier: str | None
    document_date: str
    currency: str
    cost: str
    tax: str
    total: str
    paid_by: Literal['cash', 'upi', 'card', 'bank', 'cheque', 'owed']
    invoice_number: str | None
    reference: str | None
    recorded_at: str
    reverses_id: str | None
    reversed_by_id: str | None
    lines: list[StockInLineOut]
    missing: list[MissingOut]


class StockInRowOut(TypedDict):
    id: str
    kind: str
    supplier_id: str | None
    supplier: str | None
    document_date: str
    currency: str
    cost: str
    tax: str
    total: str
    paid_by: Literal['cash', 'upi', 'card', 'bank', 'cheque', 'owed']
    invoice_number: str | None
    reference: str | None
    recorded_at: str
    reverses_id: str | None
    reversed_by_id: str | None


class StockedOut(TypedDict):
    count: int
    total: str
    owed: str


class StopIn(TypedDict):
    tolerance_percent: NotRequired[float | str]
    overdue_days: NotRequired[int | None]
    window_minutes: NotRequired[int]
    escalate_minutes: NotRequired[int | None]
    reason: str
    mode: Literal['refuse', 'hold', 'hold-all', 'refuse-all']


class SupplierIn(TypedDict):
    name: str
    phone: NotRequired[str | None]
    registration_number: NotRequired[str | None]


class SupplierOut(TypedDict):
    id: str
    name: str
    phone: str | None
    registration_number: str | None
    currency: str
    owed: str
    made_at: str
    is_erased: bool


class SupplierPaymentIn(TypedDict):
    amount: str
    mode: Literal['cash', 'upi', 'card', 'bank', 'cheque']
    paid_on: NotRequired[str | None]
    reference: NotRequired[str | None]


class SupplierPaymentOut(TypedDict):
    id: str
    supplier_id: str
    kind: str
    amount: str
    currency: str
    mode: Literal['cash', 'upi', 'card', 'bank', 'cheque']
    reference: str | None
    paid_on: str
    recorded_at: str
    reverses_id: str | None
    reversed_by_id: str | None


class TakenOut(TypedDict):
    mode: str
    amount: str


class TaxClassRowOut(TypedDict):
    code: str
    name: str | None
    name_hi: str | None
    name_ne: str | None
    hsn: str | None
    note: str | None
    rates: list[RateOut]


class TaxIn(TypedDict):
    do: Literal['tax']
    is_taxed: bool


class TaxProfileIn(TypedDict):
    profile: Literal['unregistered', 'composition', 'regular', 'pan', 'vat', 'foreign']
    registration_number: NotRequired[str | None]
    valid_from: NotRequired[str | None]


class TaxProfileOut(TypedDict):
    profile: str
    registration_number: str | None
    valid_from: str
    recorded_at: str


class TaxProfilesOut(TypedDict):
    current: TaxProfileOut | None
    profiles: list[TaxProfileOut]


class TaxSumOut(TypedDict):
    hsn: str | None
    supply: str
    rate: str
    cess_rate: str
    taxable: str
    cgst: str
    sgst: str
    igst: str
    cess: str
    vat: str
    total: str


class TemplateIn(TypedDict):
    vendor_id: str
    name: str
    lines: list[WishIn]
    settlement: NotRequired[Literal['credit', 'cash']]


class TemplateLineOut(TypedDict):
    product_id: str
    unit: str | None
    quantity: str


class TemplateOut(TypedDict):
    id: str
    vendor_id: str
    name: str
    settlement: str
    lines: list[TemplateLineOut]
    made_at: str


class TenderIn(TypedDict):
    mode: Literal['cash', 'upi', 'card', 'bank', 'cheque']
    amount: str
    reference: NotRequired[str | None]


class TenderOut(TypedDict):
    mode: str
    amount: str
    reference: str | None


class TermsIn(TypedDict):
    do: Literal['terms']
    customer_id: NotRequired[str | None]
    is_unnamed: NotRequired[bool]
    discount: NotRequired[str | None]
    is_brought: NotRequired[bool | None]
    state: NotRequired[str | None]
    holds_tax: NotRequired[bool | None]
    wants_tax_invoice: NotRequired[bool | None]


class ThresholdIn(TypedDict):
    quantity: str | None


class TierIn(TypedDict):
    minimum_quantity: str
    unit_price: str


class TierOut(TypedDict):
    minimum_quantity: str
    unit_price: str


class TillIn(TypedDict):
    name: str


class TillOut(TypedDict):
    code: str
    name: str
    opened_at: str
    closed_at: str | None


class TimelineEntryOut(TypedDict):
    verb: str
    order_state: str
    fulfilment_state: str
    credit_state: str
    channel: str
    note: str | None
    happened_at: str


class TokensOut(TypedDict):
    access_token: str
    refresh_token: str
    token_type: NotRequired[Literal['Bearer']]
    expires_in_seconds: int
    must_set_up_second_factor: bool
    user: UserOut


class TopVendorOut(TypedDict):
    rank: int
    vendor_id: str
    name: str | None
    origin: str
    currency: str
    gmv: str


class TotalPendingOut(TypedDict):
    customers: int
    owed: str
    advances: str
    currency: str


class TrendPointOut(TypedDict):
    day: str
    metric: str
    origin: str
    currency: str | None
    value: str | None


class TriedEffectOut(TypedDict):
    kind: Literal['alert', 'hold', 'lower-limit', 'stop']
    pairs: int
    changes: int
    lowered: list[LoweredOut]
    skipped: dict[str, int]
    orders: int


class UndoneIn(TypedDict):
    entered_on: NotRequired[str | None]


class UnprovenOut(TypedDict):
    id: str
    number: str
    order_id: str
    order_number: str
    retailer_id: str
    currency: str
    total: str
    delivered_at: str


class UserOut(TypedDict):
    id: str
    email: str | None
    phone: str | None
    full_name: str
    role: str
    position: str | None
    business_id: str | None
    created_at: str


class VendorExposureOut(TypedDict):
    currency: str
    pairs: int
    owed: str
    held: str
    limit: str
    vendor_id: str


class VisitIn(TypedDict):
    retailer_id: str
    result: Literal['paid', 'promised', 'not-there', 'refused', 'other']
    note: NotRequired[str | None]


class VisitOut(TypedDict):
    id: str


class WaitingOut(TypedDict):
    reason: str
    excess: str
    days_late: int | None
    due_at: str


class WarningOut(TypedDict):
    code: str
    message: str


class WeekOut(TypedDict):
    first: str
    last: str
    due: str
    expected: str


class WholeDeliveryOut(TypedDict):
    id: str
    endpoint_id: str
    event_id: str
    event_type: str
    state: Literal['pending', 'delivered', 'failed']
    tries: int
    next_attempt_at: str | None
    delivered_at: str | None
    created_at: str
    attempts: list[AttemptOut]


class WishIn(TypedDict):
    product_id: str
    quantity: str
    unit: NotRequired[str | None]


class WriteOffIn(TypedDict):
    item_id: str
    amount: NotRequired[str | None]
    reason: str


class WriteOffOut(TypedDict):
    id: str
    retailer_id: str
    item_id: str
    amount: str
    currency: str
    reason: str
    state: Literal['waiting', 'approved', 'declined']
    requested_by: str
    requested_at: str
    decided_by: str | None
    decided_at: str | None


class serving__auth__schemas__CodeIn(TypedDict):
    code: str


class serving__billing__bill_schemas__PreviewOut(TypedDict):
    kind: str
    place_of_supply: str | None
    place_rule: str | None
    taxable: str
    cgst: str
    sgst: str
    igst: str
    cess: str
    vat: str
    total: str
    discount: str
    round_off: str
    payable: str
    currency: str
    warnings: list[WarningOut]


class serving__credit__approval_schemas__StopOut(TypedDict):
    mode: str
    tolerance_percent: str
    overdue_days: int | None
    window_minutes: int
    escalate_minutes: int


class serving__credit__bank_schemas__PreviewOut(TypedDict):
    layout: LayoutOut
    headings: list[str]
    lines: int
    came: str
    went: str
    first_lines: list[ReadLineOut]
    faults: list[serving__credit__report_schemas__FaultOut]


class serving__credit__bank_schemas__ProposalOut(TypedDict):
    retailer_id: str
    score: int
    reasons: list[str]
    claim_id: str | None


class serving__credit__collection_schemas__StopOut(TypedDict):
    retailer_id: str
    name: str
    zone: str
    currency: str
    collector_id: str | None
    overdue: str
    days_past_due: int
    promise: Literal['open', 'kept', 'kept-in-part', 'broken'] | None
    promised_for: str | None
    visited_on: str | None
    last_result: Literal['paid', 'promised', 'not-there', 'refused', 'other'] | None


class serving__credit__desk_schemas__ClaimIn(TypedDict):
    vendor_id: str
    amount: str
    mode: Literal['cash', 'upi', 'bank', 'card', 'cheque']
    paid_on: NotRequired[str | None]
    reference: NotRequired[str | None]
    evidence: NotRequired[str | None]


class serving__credit__desk_schemas__ClaimOut(TypedDict):
    id: str
    vendor_id: str
    retailer_id: str
    amount: str
    currency: str
    mode: str
    paid_on: str
    reference: str | None
    has_evidence: bool
    state: Literal['waiting', 'accepted', 'declined']
    claimed_at: str
    decided_at: str | None
    decline_reason: str | None
    payment_id: str | None


class serving__credit__report_schemas__FaultOut(TypedDict):
    line_no: int
    reason: str


class serving__credit__report_schemas__StepOut(TypedDict):
    day: str
    open: str
    days_past_due: int


class serving__customers__schemas__CodeIn(TypedDict):
    code: str


class serving__executive__schemas__FigureOut(TypedDict):
    metric: str
    label: str
    unit: Literal['rupees', 'rupees_per_order', 'count', 'ratio']
    origin: str
    currency: str | None
    value: str | None
    numerator: str | None
    denominator: str | None


class serving__executive__schemas__SummaryOut(TypedDict):
    as_of: str
    run_id: str
    period_from: str
    period_until: str
    figures: list[serving__executive__schemas__FigureOut]
    trend: list[TrendPointOut]
    top_vendors: list[TopVendorOut]


class serving__financial__schemas__ExposureOut(TypedDict):
    retailer_id: str
    currency: str
    vendors: int
    limit: str
    owed: str
    held: str
    exposure: str
    advised: str | None


class serving__financial__schemas__FiguresOut(TypedDict):
    currency: str
    vendors: int
    limit: str
    owed: str
    held: str
    exposure: str
    utilisation_percent: str | None
    overdue: str
    days_past_due: int
    turnover: str
    turnover_before: str
    trend_percent: str | None
    largest_share_percent: str | None


class serving__financial__schemas__MarketOut(TypedDict):
    currency: str
    vendors: int
    exposure: str
    utilisation_percent: str | None
    days_past_due: int


class serving__financial__schemas__SummaryOut(TypedDict):
    as_of: str
    items: list[PositionOut]


class serving__orders__schemas__ClaimIn(TypedDict):
    kind: Literal['short', 'broken']
    lines: list[LineQuantityIn]
    note: NotRequired[str | None]
    photo: NotRequired[str | None]


class serving__orders__schemas__ClaimOut(TypedDict):
    id: str
    order_id: str
    kind: str
    state: str
    note: str | None
    lines: list[ClaimLineOut]
    has_photo: bool
    made_at: str
    answer: str | None
    answered_at: str | None
    credit_note_id: str | None


class serving__orders__schemas__DeliveryOut(TypedDict):
    id: str
    kind: str
    number: str
    total: str
    currency: str
    delivered_at: str
    document_date: str
    reason: str | None
    proof: ReceivedOut | None
    batches: list[HandedBatchOut]


class serving__orders__schemas__ProposalOut(TypedDict):
    id: str
    order_version: int
    side: str
    state: str
    note: str | None
    lines: list[ProposedLineOut]
    change: str
    proposed_at: str
    answered_at: str | None


class serving__orders__schemas__StepOut(TypedDict):
    kind: str
    code: str | None
    text: str
    unit_price: str
    effect: str
    off_per_unit: NotRequired[str | None]
    within_days: NotRequired[int | None]


class serving__prices__schemas__MarketOut(TypedDict):
    as_of: str
    sellers: int
    average: str | None
    quantiles: QuantilesOut | None
    reason: str


class serving__risk__schemas__ExposureOut(TypedDict):
    currency: str
    pairs: int
    owed: str
    held: str
    limit: str


class serving__risk__schemas__FigureOut(TypedDict):
    name: str
    unit: str
    meaning: str
    how: str
    is_inside: bool


class serving__risk__schemas__FiguresOut(TypedDict):
    as_of: str
    items: list[serving__risk__schemas__FigureOut]


class serving__stock__schemas__FaultOut(TypedDict):
    line_no: int
    reason: str


class serving__summary__schemas__FiguresOut(TypedDict):
    bills: BillsOut
    cancelled: CountedOut
    returns: CountedOut
    sales: SalesOut
    payments: list[TakenOut]
    khata: KhataDayOut
    expenses: CountedOut
    stock_ins: StockedOut
    new_customers: int


class serving__webhooks__schemas__DeliveryOut(TypedDict):
    id: str
    endpoint_id: str
    event_id: str
    event_type: str
    state: Literal['pending', 'delivered', 'failed']
    tries: int
    next_attempt_at: str | None
    delivered_at: str | None
    created_at: str


class Operations(ABC):
    """One method for each operation of the API."""

    @abstractmethod
    def _send(self, method: str, path: str, **given: Any) -> Any: ...

    def accept_bank_line(self, line_id: str, body: LineAcceptanceIn, *, idempotency_key: str | None = None) -> BankLineOut:
        """Record a line as the payment of a retailer, or in parts as those of several."""
        answer: BankLineOut = self._send('POST', '/api/v1/credit/bank-lines/{line_id}/acceptance', parts={'line_id': line_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def accept_claim(self, claim_id: str, body: AcceptanceIn, *, idempotency_key: str | None = None) -> serving__credit__desk_schemas__ClaimOut:
        """Accept a claim: the payment is recorded and settles the oldest debt."""
        answer: serving__credit__desk_schemas__ClaimOut = self._send('POST', '/api/v1/credit/claims/{claim_id}/acceptance', parts={'claim_id': claim_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def accept_exchange(self, order_id: str, exchange_id: str, body: ExchangeAcceptIn) -> ExchangeOut:
        """Agree: credit note, deliveries and the difference, all at once. No dearer than the retailer was shown."""
        answer: ExchangeOut = self._send('POST', '/api/v1/orders/{order_id}/exchanges/{exchange_id}/accept', parts={'order_id': order_id, 'exchange_id': exchange_id}, body=body)
        return answer

    def accept_goods_claim(self, order_id: str, claim_id: str, body: ClaimAcceptIn) -> serving__orders__schemas__ClaimOut:
        """Give it back: a credit note, settled against this order's charges first."""
        answer: serving__orders__schemas__ClaimOut = self._send('POST', '/api/v1/orders/{order_id}/claims/{claim_id}/accept', parts={'order_id': order_id, 'claim_id': claim_id}, body=body)
        return answer

    def accept_invitation(self, body: JoinIn) -> UserOut:
        """Become a member of the business that invited one. Log in next."""
        answer: UserOut = self._send('POST', '/api/v1/auth/invitations/accept', body=body)
        return answer

    def accept_order(self, order_id: str, body: AcceptIn) -> OrderOut:
        """Take the order on, or less of some lines; the rest is cancelled or waits as a back-order."""
        answer: OrderOut = self._send('POST', '/api/v1/orders/{order_id}/accept', parts={'order_id': order_id}, body=body)
        return answer

    def acknowledge_risk_alert(self, alert_id: str, body: AcknowledgementIn) -> AlertStoryOut:
        """Become the owner of an alert, also after somebody else."""
        answer: AlertStoryOut = self._send('POST', '/api/v1/risk-control/alerts/{alert_id}/acknowledgement', parts={'alert_id': alert_id}, body=body)
        return answer

    def add_customer(self, body: CustomerIn, *, idempotency_key: str | None = None) -> CustomerAddedOut:
        """Take a customer in and open their khata, with what they owe from before; warns of names that sound the same."""
        answer: CustomerAddedOut = self._send('POST', '/api/v1/customers', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def add_delivery_slot(self, body: SlotIn) -> SlotOut:
        """Deliver in a zone every week at that time, to so many orders."""
        answer: SlotOut = self._send('POST', '/api/v1/delivery-slots', body=body)
        return answer

    def add_endpoint(self, body: EndpointIn) -> EndpointCreatedOut:
        """Be told at an address of one's own. The answer holds the secret, which is not shown again."""
        answer: EndpointCreatedOut = self._send('POST', '/api/v1/webhooks/endpoints', body=body)
        return answer

    def add_expense_head(self, body: ExpenseHeadIn, *, idempotency_key: str | None = None) -> ExpenseHeadOut:
        """Make a head of the shop's own, counted under one of all shops."""
        answer: ExpenseHeadOut = self._send('POST', '/api/v1/expenses/heads', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def add_khata_debit(self, body: KhataDebitIn, *, idempotency_key: str | None = None) -> KhataEntryOut:
        """Write up what a customer owes without a bill. Who must give an invoice for a sale makes a bill instead."""
        answer: KhataEntryOut = self._send('POST', '/api/v1/ledger/credit', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def add_product(self, body: ProductIn) -> ProductCreatedOut:
        """Add a product: a business's own, or by an admin one that all may sell."""
        answer: ProductCreatedOut = self._send('POST', '/api/v1/products', body=body)
        return answer

    def add_reminder(self, body: ReminderIn, *, idempotency_key: str | None = None) -> ReminderOut:
        """Write down what is to be said later, to a customer or to the shop's own owners."""
        answer: ReminderOut = self._send('POST', '/api/v1/reminders', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def adjust_stock(self, body: AdjustmentIn, *, idempotency_key: str | None = None) -> AdjustmentOut:
        """Take out what broke, expired, was lost or used, put in what was found, or set what was counted."""
        answer: AdjustmentOut = self._send('POST', '/api/v1/stock/adjustments', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def advise_limit(self, retailer_id: str, body: AdviceIn) -> AdviceOut:
        """Say what a retailer should owe all its vendors together at most; no order is judged by it."""
        answer: AdviceOut = self._send('PUT', '/api/v1/financial-metrics/advisory-limits/{retailer_id}', parts={'retailer_id': retailer_id}, body=body)
        return answer

    def answer_dispute(self, dispute_id: str, body: DisputeAnswerIn) -> DisputeOut:
        """Say how the other side sees it."""
        answer: DisputeOut = self._send('POST', '/api/v1/disputes/{dispute_id}/answer', parts={'dispute_id': dispute_id}, body=body)
        return answer

    def apply_offers(self, body: OfferSheetApplyIn) -> OfferAppliedOut:
        """Apply a sheet exactly as it was previewed, at most once: all of it, or its good lines alone if asked for."""
        answer: OfferAppliedOut = self._send('POST', '/api/v1/offers/sheet', body=body)
        return answer

    def approve_order(self, order_id: str, body: ApprovalIn, *, idempotency_key: str | None = None) -> OrderOut:
        """Let an order go over the limit, or past a debt that is late; whoever placed it does not approve it."""
        answer: OrderOut = self._send('POST', '/api/v1/credit/approvals/{order_id}/approval', parts={'order_id': order_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def approve_write_off(self, write_off_id: str, *, idempotency_key: str | None = None) -> WriteOffOut:
        """Approve what another person of the business asked to give up."""
        answer: WriteOffOut = self._send('POST', '/api/v1/credit/write-offs/{write_off_id}/approval', parts={'write_off_id': write_off_id}, key=idempotency_key, is_keyed=True)
        return answer

    def ask_customer_erasure(self, customer_id: str) -> Any:
        """Mail the owner who asks a code that confirms the erasure of a customer."""
        answer: Any = self._send('POST', '/api/v1/customers/{customer_id}/erasure', parts={'customer_id': customer_id})
        return answer

    def ask_for_code(self, body: PhoneIn) -> Any:
        """Send a one-time code to this phone, if it is somebody's; the answer is the same if it is not."""
        answer: Any = self._send('POST', '/api/v1/auth/login/code', body=body)
        return answer

    def ask_for_reset(self, body: ForgottenIn) -> Any:
        """Mail a reset token to this address, if it is somebody's; the answer is the same if it is not."""
        answer: Any = self._send('POST', '/api/v1/auth/password/forgotten', body=body)
        return answer

    def assign_collector(self, retailer_id: str, body: CollectorIn) -> None:
        """Let one of the vendor's people visit a retailer from now on."""
        answer: None = self._send('PUT', '/api/v1/credit/collectors/{retailer_id}', parts={'retailer_id': retailer_id}, body=body)
        return answer

    def assign_risk_alert(self, alert_id: str, body: AssignmentIn) -> AlertStoryOut:
        """Give an alert to an admin, whoever had it before."""
        answer: AlertStoryOut = self._send('POST', '/api/v1/risk-control/alerts/{alert_id}/assignment', parts={'alert_id': alert_id}, body=body)
        return answer

    def begin_bill(self, body: DraftIn, *, idempotency_key: str | None = None) -> DraftOut:
        """Begin a bill. A customer has one at a time; of nobody by name there may be many."""
        answer: DraftOut = self._send('POST', '/api/v1/bill-drafts', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def begin_second_factor(self) -> SecondFactorOut:
        """Make a secret for the caller's authenticator; it counts once a code of it was shown."""
        answer: SecondFactorOut = self._send('POST', '/api/v1/auth/second-factor')
        return answer

    def cancel_bill(self, invoice_id: str, body: BillCancelIn, *, idempotency_key: str | None = None) -> InvoiceOut:
        """Let a bill of this month hold no longer: its number stays taken, goods and money go back."""
        answer: InvoiceOut = self._send('POST', '/api/v1/invoices/{invoice_id}/cancel', parts={'invoice_id': invoice_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def cancel_bill_draft(self, draft_id: str) -> DraftOut:
        """Let a draft go."""
        answer: DraftOut = self._send('POST', '/api/v1/bill-drafts/{draft_id}/cancel', parts={'draft_id': draft_id})
        return answer

    def cancel_order(self, order_id: str, body: CancelIn) -> OrderOut:
        """Call the order off before anything was delivered; either side may, at the fee or the credit that it was shown."""
        answer: OrderOut = self._send('POST', '/api/v1/orders/{order_id}/cancel', parts={'order_id': order_id}, body=body)
        return answer

    def cancel_reminder(self, reminder_id: str) -> ReminderOut:
        """Call a reminder off, and with it the times that would follow."""
        answer: ReminderOut = self._send('POST', '/api/v1/reminders/{reminder_id}/cancel', parts={'reminder_id': reminder_id})
        return answer

    def change_bill_draft(self, draft_id: str, body: DraftChangeIn) -> DraftOut:
        """Add, change or remove lines, or say something of the whole bill; all of it or nothing."""
        answer: DraftOut = self._send('POST', '/api/v1/bill-drafts/{draft_id}/changes', parts={'draft_id': draft_id}, body=body)
        return answer

    def change_billing_settings(self, body: BillingSettingsIn) -> BillingSettingsOut:
        """Let bills that are made from now on be reckoned and kept so; bills that are made keep what held for them."""
        answer: BillingSettingsOut = self._send('PUT', '/api/v1/billing/settings', body=body)
        return answer

    def change_cbms_settings(self, body: CbmsSettingsIn) -> CbmsSettingsOut:
        """Report with these credentials from now on, or no longer."""
        answer: CbmsSettingsOut = self._send('PUT', '/api/v1/tax/cbms-settings', body=body)
        return answer

    def change_customer(self, customer_id: str, body: CustomerChangeIn) -> CustomerOut:
        """Change what is known of a customer: a new phone, another nickname, when to write and by what."""
        answer: CustomerOut = self._send('PATCH', '/api/v1/customers/{customer_id}', parts={'customer_id': customer_id}, body=body)
        return answer

    def change_delivery_slot(self, slot_id: str, body: SlotChangeIn) -> SlotOut:
        """Give a slot another capacity or cut-off from today on; places that are taken stay taken."""
        answer: SlotOut = self._send('PATCH', '/api/v1/delivery-slots/{slot_id}', parts={'slot_id': slot_id}, body=body)
        return answer

    def change_endpoint(self, endpoint_id: str, body: EndpointChangesIn) -> EndpointOut:
        """Change an endpoint, or switch it off or on."""
        answer: EndpointOut = self._send('PATCH', '/api/v1/webhooks/endpoints/{endpoint_id}', parts={'endpoint_id': endpoint_id}, body=body)
        return answer

    def change_message_settings(self, body: MessageSettingsIn) -> MessageSettingsOut:
        """Let messages go out under this sender, with these ids and bounds; what waits goes out so, too."""
        answer: MessageSettingsOut = self._send('PUT', '/api/v1/message-settings', body=body)
        return answer

    def change_password(self, body: PasswordIn) -> None:
        """Set another password. Every log-in of the caller ends, this one too."""
        answer: None = self._send('POST', '/api/v1/auth/password', body=body)
        return answer

    def change_position(self, user_id: str, body: PositionIn) -> MemberOut:
        """Give a member another position; they log in again."""
        answer: MemberOut = self._send('PATCH', '/api/v1/members/{user_id}', parts={'user_id': user_id}, body=body)
        return answer

    def change_product(self, product_id: str, body: ProductChangesIn) -> ProductOut:
        """Change a product: a business its own, an admin one of the platform. Units and code stay as they are."""
        answer: ProductOut = self._send('PATCH', '/api/v1/products/{product_id}', parts={'product_id': product_id}, body=body)
        return answer

    def change_reminder(self, reminder_id: str, body: ReminderChangeIn) -> ReminderOut:
        """Give a reminder that was not sent yet another time, text or repetition."""
        answer: ReminderOut = self._send('PATCH', '/api/v1/reminders/{reminder_id}', parts={'reminder_id': reminder_id}, body=body)
        return answer

    def change_reminder_settings(self, body: ReminderSettingsIn) -> ReminderSettingsOut:
        """Let customers be told from today on of debts that fall due or fell due; without days nobody is."""
        answer: ReminderSettingsOut = self._send('PUT', '/api/v1/reminders/settings', body=body)
        return answer

    def change_status(self, order_id: str, body: StatusIn) -> OrderOut:
        """Bring an order to a state. Not for deliveries in part: those are `deliveries`."""
        answer: OrderOut = self._send('PATCH', '/api/v1/orders/{order_id}/status', parts={'order_id': order_id}, body=body)
        return answer

    def charge_interest(self, retailer_id: str) -> InterestOut:
        """Charge a retailer the interest that was not charged yet, up to yesterday; each day of a debt once."""
        answer: InterestOut = self._send('POST', '/api/v1/credit/interest/{retailer_id}', parts={'retailer_id': retailer_id})
        return answer

    def choose_delivery_slot(self, order_id: str, body: ChosenSlotIn) -> OrderOut:
        """Let the order come in a slot, or in another one than before, until the cut-off; its promised day follows."""
        answer: OrderOut = self._send('PUT', '/api/v1/orders/{order_id}/slot', parts={'order_id': order_id}, body=body)
        return answer

    def claim_goods(self, order_id: str, body: serving__orders__schemas__ClaimIn, *, idempotency_key: str | None = None) -> serving__orders__schemas__ClaimOut:
        """Claim what came short or broken of an order; the vendor accepts or declines."""
        answer: serving__orders__schemas__ClaimOut = self._send('POST', '/api/v1/orders/{order_id}/claims', parts={'order_id': order_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def claim_payment(self, body: serving__credit__desk_schemas__ClaimIn, *, idempotency_key: str | None = None) -> serving__credit__desk_schemas__ClaimOut:
        """Say that one paid a vendor; nothing is posted before the vendor accepts."""
        answer: serving__credit__desk_schemas__ClaimOut = self._send('POST', '/api/v1/credit/claims', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def close_order_short(self, order_id: str, body: GiveUpIn) -> OrderOut:
        """Deliver no more of an order that was delivered in part."""
        answer: OrderOut = self._send('POST', '/api/v1/orders/{order_id}/close-short', parts={'order_id': order_id}, body=body)
        return answer

    def close_risk_alert(self, alert_id: str, body: ClosingIn) -> AlertStoryOut:
        """Be done with an alert; a later hit raises another."""
        answer: AlertStoryOut = self._send('POST', '/api/v1/risk-control/alerts/{alert_id}/closing', parts={'alert_id': alert_id}, body=body)
        return answer

    def close_till(self, code: str) -> list[TillOut]:
        """Let a device bill no longer; its bills and its series stay."""
        answer: list[TillOut] = self._send('DELETE', '/api/v1/tills/{code}', parts={'code': code})
        return answer

    def confirm_bill(self, draft_id: str, body: ConfirmIn, *, idempotency_key: str | None = None) -> InvoiceOut:
        """Make the draft a bill: paper, goods, books and money in one transaction."""
        answer: InvoiceOut = self._send('POST', '/api/v1/bill-drafts/{draft_id}/confirmation', parts={'draft_id': draft_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def confirm_change(self, order_id: str, proposal_id: str) -> OrderOut:
        """Agree to the other side's proposal: the order changes, its hold and reservation with it."""
        answer: OrderOut = self._send('POST', '/api/v1/orders/{order_id}/proposals/{proposal_id}/confirm', parts={'order_id': order_id, 'proposal_id': proposal_id})
        return answer

    def confirm_phone(self, body: PhoneCodeIn) -> UserOut:
        """Let the phone be the caller's, by the code that came to it."""
        answer: UserOut = self._send('POST', '/api/v1/auth/phone/confirm', body=body)
        return answer

    def confirm_second_factor(self, body: serving__auth__schemas__CodeIn) -> SecondFactorSetUpOut:
        """Show a code of the authenticator: from now on one is asked for at log-in. Answers the recovery codes, once."""
        answer: SecondFactorSetUpOut = self._send('POST', '/api/v1/auth/second-factor/confirm', body=body)
        return answer

    def decide_dispute(self, dispute_id: str, body: DisputeDecisionIn) -> DisputeOut:
        """The platform's admin says who is right; what is due after that is a verb of the two."""
        answer: DisputeOut = self._send('POST', '/api/v1/disputes/{dispute_id}/decision', parts={'dispute_id': dispute_id}, body=body)
        return answer

    def decline_approval(self, order_id: str, body: RefusalIn) -> OrderOut:
        """Do not let it go: the order is declined and its goods are free again; the retailer reads the reason."""
        answer: OrderOut = self._send('POST', '/api/v1/credit/approvals/{order_id}/decline', parts={'order_id': order_id}, body=body)
        return answer

    def decline_change(self, order_id: str, proposal_id: str) -> OrderOut:
        """Do not agree, or take one's own proposal back; the order stays as it is."""
        answer: OrderOut = self._send('POST', '/api/v1/orders/{order_id}/proposals/{proposal_id}/decline', parts={'order_id': order_id, 'proposal_id': proposal_id})
        return answer

    def decline_claim(self, claim_id: str, body: RefusalIn) -> serving__credit__desk_schemas__ClaimOut:
        """Decline a claim; the retailer reads the reason."""
        answer: serving__credit__desk_schemas__ClaimOut = self._send('POST', '/api/v1/credit/claims/{claim_id}/decline', parts={'claim_id': claim_id}, body=body)
        return answer

    def decline_exchange(self, order_id: str, exchange_id: str, body: ExchangeDeclineIn) -> ExchangeOut:
        """The vendor does not agree, or the retailer withdraws what it asked for."""
        answer: ExchangeOut = self._send('POST', '/api/v1/orders/{order_id}/exchanges/{exchange_id}/decline', parts={'order_id': order_id, 'exchange_id': exchange_id}, body=body)
        return answer

    def decline_goods_claim(self, order_id: str, claim_id: str, body: ClaimDeclineIn) -> serving__orders__schemas__ClaimOut:
        """Give nothing back, and say why."""
        answer: serving__orders__schemas__ClaimOut = self._send('POST', '/api/v1/orders/{order_id}/claims/{claim_id}/decline', parts={'order_id': order_id, 'claim_id': claim_id}, body=body)
        return answer

    def decline_order(self, order_id: str, body: GiveUpIn) -> OrderOut:
        """Do not take the order on; its goods and credit are free again."""
        answer: OrderOut = self._send('POST', '/api/v1/orders/{order_id}/decline', parts={'order_id': order_id}, body=body)
        return answer

    def decline_write_off(self, write_off_id: str) -> WriteOffOut:
        """Leave the debt as it is."""
        answer: WriteOffOut = self._send('POST', '/api/v1/credit/write-offs/{write_off_id}/decline', parts={'write_off_id': write_off_id})
        return answer

    def delete_endpoint(self, endpoint_id: str) -> None:
        """Be told there no longer; the log of its deliveries goes too."""
        answer: None = self._send('DELETE', '/api/v1/webhooks/endpoints/{endpoint_id}', parts={'endpoint_id': endpoint_id})
        return answer

    def deliver_order(self, order_id: str, body: DeliverIn, *, idempotency_key: str | None = None) -> HandedOverOut:
        """Hand goods over, in part or whole: moves the stock and turns the held credit into a charge."""
        answer: HandedOverOut = self._send('POST', '/api/v1/orders/{order_id}/deliveries', parts={'order_id': order_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def download_offers(self, *, form: Literal['csv', 'xlsx'] | None = None) -> bytes:
        """All that the caller offers and has announced; taken in again unchanged, it changes nothing."""
        answer: bytes = self._send('GET', '/api/v1/offers/sheet', query={'form': form})
        return answer

    def download_sales_register(self, *, first: str | None = None, last: str | None = None, month: str | None = None, form: Literal['csv', 'xlsx'] | None = None) -> bytes:
        """The register as a sheet: in Nepal the columns of the sales book, in India tax by column."""
        answer: bytes = self._send('GET', '/api/v1/tax/sales-register/file', query={'first': first, 'last': last, 'month': month, 'form': form})
        return answer

    def drop_template(self, template_id: str) -> None:
        """Forget a basket."""
        answer: None = self._send('DELETE', '/api/v1/order-templates/{template_id}', parts={'template_id': template_id})
        return answer

    def end_back_order(self, back_order_id: str) -> None:
        """Wait no longer; either side may say so."""
        answer: None = self._send('DELETE', '/api/v1/back-orders/{back_order_id}', parts={'back_order_id': back_order_id})
        return answer

    def end_delivery_slot(self, slot_id: str) -> None:
        """Offer a slot no longer; orders that have it keep it."""
        answer: None = self._send('DELETE', '/api/v1/delivery-slots/{slot_id}', parts={'slot_id': slot_id})
        return answer

    def end_scheme(self, code: str) -> None:
        """End a scheme now; what was ordered under it stands."""
        answer: None = self._send('POST', '/api/v1/schemes/{code}/end', parts={'code': code})
        return answer

    def erase_customer(self, customer_id: str, body: serving__customers__schemas__CodeIn) -> None:
        """Forget a customer for good by the code that was mailed: names, addresses, messages. The books keep the id."""
        answer: None = self._send('POST', '/api/v1/customers/{customer_id}/erasure/confirmation', parts={'customer_id': customer_id}, body=body)
        return answer

    def erase_person(self, user_id: str) -> None:
        """Forget a person for good: name, addresses, messages and log-ins. The books keep the id. The last admin stays."""
        answer: None = self._send('DELETE', '/api/v1/people/{user_id}', parts={'user_id': user_id})
        return answer

    def erase_supplier(self, supplier_id: str) -> None:
        """Forget for good what a settled supplier is called; the books keep its id and the amounts."""
        answer: None = self._send('DELETE', '/api/v1/suppliers/{supplier_id}', parts={'supplier_id': supplier_id})
        return answer

    def escalate_dispute(self, dispute_id: str, body: EscalationIn) -> DisputeOut:
        """Ask the platform's admin, where the answer did not help."""
        answer: DisputeOut = self._send('POST', '/api/v1/disputes/{dispute_id}/escalation', parts={'dispute_id': dispute_id}, body=body)
        return answer

    def except_delivery_slot_day(self, slot_id: str, day: str, body: SlotDayIn) -> SlotDayOut:
        """Close a slot on one of its days, or give the day another capacity; with neither it is as every week."""
        answer: SlotDayOut = self._send('PUT', '/api/v1/delivery-slots/{slot_id}/days/{day}', parts={'slot_id': slot_id, 'day': day}, body=body)
        return answer

    def exchange_goods(self, order_id: str, body: ExchangeIn, *, idempotency_key: str | None = None) -> ExchangeOut:
        """A retailer asks for an exchange, and nothing moves; a vendor's happens at once: credit note and deliveries."""
        answer: ExchangeOut = self._send('POST', '/api/v1/orders/{order_id}/exchanges', parts={'order_id': order_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def export_credit_summary(self, *, as_of: str | None = None, vendor_id: str | None = None, retailer_id: str | None = None, form: Literal['json', 'csv', 'xlsx'] | None = None) -> serving__financial__schemas__SummaryOut | bytes:
        """Limit, terms, owed and ageing with every counterparty at the end of a day."""
        answer: serving__financial__schemas__SummaryOut | bytes = self._send('GET', '/api/v1/financial-export/credit-summary', query={'as_of': as_of, 'vendor_id': vendor_id, 'retailer_id': retailer_id, 'form': form})
        return answer

    def export_for_tally(self, *, first: str, last: str, part: Literal['masters', 'vouchers'] | None = None) -> bytes:
        """The caller's book of a period for Tally: accounts with opening balances, or vouchers."""
        answer: bytes = self._send('GET', '/api/v1/financial-export/tally', query={'first': first, 'last': last, 'part': part})
        return answer

    def fill_back_order(self, back_order_id: str) -> OrderOut:
        """Place the order that waits, now that its goods are there, and take it on. The worker does it too."""
        answer: OrderOut = self._send('POST', '/api/v1/back-orders/{back_order_id}/fill', parts={'back_order_id': back_order_id})
        return answer

    def forget_expense_note(self, expense_id: str) -> None:
        """Make what was written beside an expense unreadable for good; the expense stays."""
        answer: None = self._send('DELETE', '/api/v1/expenses/{expense_id}/note', parts={'expense_id': expense_id})
        return answer

    def forget_receivers(self, delivery_id: str) -> None:
        """Forget for good who received a delivery: name, note and pictures. That it was received stays."""
        answer: None = self._send('DELETE', '/api/v1/deliveries/{delivery_id}/receivers', parts={'delivery_id': delivery_id})
        return answer

    def give_up_delivery_slot(self, order_id: str) -> OrderOut:
        """Let the order come by the day that was promised without its slot; until the cut-off."""
        answer: OrderOut = self._send('DELETE', '/api/v1/orders/{order_id}/slot', parts={'order_id': order_id})
        return answer

    def grant_consent(self, body: ConsentIn) -> ConsentsOut:
        """Let a vendor, or every vendor, see the caller's grade from now on."""
        answer: ConsentsOut = self._send('POST', '/api/v1/credit/consents', body=body)
        return answer

    def ignore_bank_line(self, line_id: str, body: IgnoreIn) -> BankLineOut:
        """Say that a line is no payment of a retailer; it can be recorded later."""
        answer: BankLineOut = self._send('POST', '/api/v1/credit/bank-lines/{line_id}/ignore', parts={'line_id': line_id}, body=body)
        return answer

    def invite_member(self, body: InvitationIn) -> InvitationOut:
        """Offer somebody a position; the token to take it up goes to their mail or phone, and holds for seven days."""
        answer: InvitationOut = self._send('POST', '/api/v1/members/invitations', body=body)
        return answer

    def keep_quote(self, body: QuoteIn) -> KeptQuoteOut:
        """Have the prices of this moment kept for one order. Promises neither goods nor credit."""
        answer: KeptQuoteOut = self._send('POST', '/api/v1/quotes', body=body)
        return answer

    def keep_template(self, body: TemplateIn) -> TemplateOut:
        """Keep a basket under its name, for the next time."""
        answer: TemplateOut = self._send('POST', '/api/v1/order-templates', body=body)
        return answer

    def link_bank_line(self, line_id: str, body: LinkIn) -> BankLineOut:
        """Say that a line is a payment that was recorded before it came; posts nothing."""
        answer: BankLineOut = self._send('POST', '/api/v1/credit/bank-lines/{line_id}/link', parts={'line_id': line_id}, body=body)
        return answer

    def link_invoice(self, invoice_id: str) -> LinkOut:
        """A link by which the buyer opens a paper without a log-in, for seven days; for who wrote it."""
        answer: LinkOut = self._send('POST', '/api/v1/invoices/{invoice_id}/link', parts={'invoice_id': invoice_id})
        return answer

    def link_khata(self, customer_id: str) -> LinkOut:
        """A link by which a customer sees their khata without a log-in, for seven days."""
        answer: LinkOut = self._send('POST', '/api/v1/customers/{customer_id}/khata-link', parts={'customer_id': customer_id})
        return answer

    def list_api_keys(self, *, state: Literal['active', 'revoked', 'expired'] | None = None, mode: Literal['live', 'test'] | None = None, scope: str | None = None, sort: Literal['newest', 'oldest', 'name'] | None = None, limit: int | None = None, cursor: str | None = None) -> ApiKeysOut:
        """The keys of the caller's business, the revoked and expired ones too, by `sort`."""
        answer: ApiKeysOut = self._send('GET', '/api/v1/api-keys', query={'state': state, 'mode': mode, 'scope': scope, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_approvals(self, *, state: Literal['waiting', 'approved', 'declined', 'timed-out', 'withdrawn', 'voided'] | None = None, counterparty_id: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ApprovalOut_:
        """Orders that wait or waited for approval, by `sort`: for the vendor who decides, and for the retailer."""
        answer: Page_ApprovalOut_ = self._send('GET', '/api/v1/credit/approvals', query={'state': state, 'counterparty_id': counterparty_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_audit_entries(self, *, action: str | None = None, actor_id: str | None = None, subject_id: str | None = None, business_id: str | None = None, since: str | None = None, until: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_AuditEntryOut_:
        """The audit log by `sort`: an owner's business, or for an admin everything."""
        answer: Page_AuditEntryOut_ = self._send('GET', '/api/v1/audit', query={'action': action, 'actor_id': actor_id, 'subject_id': subject_id, 'business_id': business_id, 'since': since, 'until': until, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_back_orders(self, *, state: Literal['waiting', 'filled', 'ended'] | None = None, counterparty_id: str | None = None, product_id: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_BackOrderOut_:
        """What waits for goods or waited, by `sort`."""
        answer: Page_BackOrderOut_ = self._send('GET', '/api/v1/back-orders', query={'state': state, 'counterparty_id': counterparty_id, 'product_id': product_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_bank_lines(self, *, state: Literal['open', 'recorded', 'ignored', 'out'] | None = None, statement_id: str | None = None, first: str | None = None, last: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_BankLineOut_:
        """Lines, by `sort`: open ones with whose payment they may be, by what, and how sure that is."""
        answer: Page_BankLineOut_ = self._send('GET', '/api/v1/credit/bank-lines', query={'state': state, 'statement_id': statement_id, 'first': first, 'last': last, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_bank_statements(self, *, first: str | None = None, last: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_BankStatementOut_:
        """The files that came in, by `sort`, with how many of their lines wait."""
        answer: Page_BankStatementOut_ = self._send('GET', '/api/v1/credit/bank-statements', query={'first': first, 'last': last, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_batches(self, *, product_id: str | None = None, number: str | None = None, expires_before: str | None = None, is_used_up: bool | None = None, sort: Literal['expiry', 'newest', 'most'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_BatchOut_:
        """The batches that lie on the caller's shelves, by `sort`."""
        answer: Page_BatchOut_ = self._send('GET', '/api/v1/stock/batches', query={'product_id': product_id, 'number': number, 'expires_before': expires_before, 'is_used_up': is_used_up, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_bill_drafts(self, *, sort: Literal['newest', 'oldest'] | None = None, customer_id: str | None = None, session: str | None = None, state: Literal['open', 'confirmed', 'cancelled'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_DraftRowOut_:
        """The shop's drafts, as long as they are kept."""
        answer: Page_DraftRowOut_ = self._send('GET', '/api/v1/bill-drafts', query={'sort': sort, 'customer_id': customer_id, 'session': session, 'state': state, 'limit': limit, 'cursor': cursor})
        return answer

    def list_businesses(self, *, side: Literal['vendor', 'retailer'] | None = None, zone: str | None = None, country: Literal['IN', 'NP'] | None = None, origin: Literal['real', 'imported', 'simulated'] | None = None, search: str | None = None, ids: list[str] | None = None, sort: Literal['name', 'zone', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_BusinessCardOut_:
        """Businesses, by `sort`."""
        answer: Page_BusinessCardOut_ = self._send('GET', '/api/v1/businesses', query={'side': side, 'zone': zone, 'country': country, 'origin': origin, 'search': search, 'ids': ids, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_cbms_reports(self, *, sort: Literal['newest', 'oldest'] | None = None, state: Literal['pending', 'accepted', 'already_there', 'refused', 'failed'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_CbmsReportOut_:
        """What was reported, and what waits."""
        answer: Page_CbmsReportOut_ = self._send('GET', '/api/v1/tax/cbms', query={'sort': sort, 'state': state, 'limit': limit, 'cursor': cursor})
        return answer

    def list_changes(self, *, after: str | None = None, type: list[str] | None = None, limit: int | None = None) -> ChangesOut:
        """What happened, in an order that loses nothing: what commits late comes late, and comes once."""
        answer: ChangesOut = self._send('GET', '/api/v1/changes', query={'after': after, 'type': type, 'limit': limit})
        return answer

    def list_cheques(self, *, state: Literal['received', 'deposited', 'cleared', 'bounced', 'returned'] | None = None, counterparty_id: str | None = None, since: str | None = None, by: str | None = None, sort: Literal['earliest', 'latest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ChequeOut_:
        """Cheques that a vendor took, or that a retailer gave; by `sort`."""
        answer: Page_ChequeOut_ = self._send('GET', '/api/v1/credit/cheques', query={'state': state, 'counterparty_id': counterparty_id, 'since': since, 'by': by, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_claims(self, *, state: Literal['waiting', 'accepted', 'declined'] | None = None, counterparty_id: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ClaimOut_:
        """Claims of payments, by `sort`."""
        answer: Page_ClaimOut_ = self._send('GET', '/api/v1/credit/claims', query={'state': state, 'counterparty_id': counterparty_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_consents(self, *, is_granted: bool | None = None, sort: Literal['vendor', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ConsentOut_:
        """Whom the caller lets see its grade: what it said last on all vendors, and on each; by `sort`."""
        answer: Page_ConsentOut_ = self._send('GET', '/api/v1/credit/consents', query={'is_granted': is_granted, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_copies(self, invoice_id: str) -> list[CopyOut]:
        """The prints of a paper, where they are counted, the original first."""
        answer: list[CopyOut] = self._send('GET', '/api/v1/invoices/{invoice_id}/copies', parts={'invoice_id': invoice_id})
        return answer

    def list_customer_balances(self, *, sort: Literal['owed', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_BalanceOut_:
        """What customers owe, without those whose khata is settled; below zero is what they paid ahead."""
        answer: Page_BalanceOut_ = self._send('GET', '/api/v1/customers/balances', query={'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_customer_balances_unversioned(self, *, sort: Literal['owed', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_BalanceOut_:
        """What customers owe, without those whose khata is settled; below zero is what they paid ahead."""
        answer: Page_BalanceOut_ = self._send('GET', '/api/customers/balances', query={'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_customer_prices(self, *, retailer_id: str | None = None, product_id: str | None = None, at: str | None = None, sort: Literal['oldest', 'newest', 'customer'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_CustomerPriceOut_:
        """What the caller has agreed with its customers and is in force, by `sort`."""
        answer: Page_CustomerPriceOut_ = self._send('GET', '/api/v1/customer-prices', query={'retailer_id': retailer_id, 'product_id': product_id, 'at': at, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_customers(self, *, sort: Literal['newest', 'oldest'] | None = None, is_owing: bool | None = None, language: Literal['en', 'hi', 'ne'] | None = None, channel: Literal['whatsapp', 'sms', 'mail', 'none'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_CustomerOut_:
        """The shop's customers without those that were erased."""
        answer: Page_CustomerOut_ = self._send('GET', '/api/v1/customers', query={'sort': sort, 'is_owing': is_owing, 'language': language, 'channel': channel, 'limit': limit, 'cursor': cursor})
        return answer

    def list_deliveries(self, endpoint_id: str, *, state: Literal['pending', 'delivered', 'failed'] | None = None, event_type: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_DeliveryOut_:
        """What went to an endpoint in the last 30 days, by `sort`."""
        answer: Page_DeliveryOut_ = self._send('GET', '/api/v1/webhooks/endpoints/{endpoint_id}/deliveries', parts={'endpoint_id': endpoint_id}, query={'state': state, 'event_type': event_type, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_deliveries_without_proof(self, *, days: int | None = None, retailer_id: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_UnprovenOut_:
        """Deliveries that had to carry a proof, by the vendor's rules of that moment, and carry none; by `sort`."""
        answer: Page_UnprovenOut_ = self._send('GET', '/api/v1/deliveries/without-proof', query={'days': days, 'retailer_id': retailer_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_delivery_proofs(self, delivery_id: str) -> list[ProofOut]:
        """Who received a delivery, newest first: the first one holds."""
        answer: list[ProofOut] = self._send('GET', '/api/v1/deliveries/{delivery_id}/proofs', parts={'delivery_id': delivery_id})
        return answer

    def list_delivery_slot_days(self, *, first: str | None = None, days: int | None = None) -> list[SlotDayOut]:
        """The vendor's slots day by day, with what is taken of each."""
        answer: list[SlotDayOut] = self._send('GET', '/api/v1/delivery-slots/days', query={'first': first, 'days': days})
        return answer

    def list_delivery_slots(self, *, zone: str | None = None, weekday: int | None = None, sort: Literal['zone', 'weekday'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_SlotOut_:
        """The slots that the vendor offers, by `sort`."""
        answer: Page_SlotOut_ = self._send('GET', '/api/v1/delivery-slots', query={'zone': zone, 'weekday': weekday, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_disputes(self, *, state: Literal['open', 'answered', 'escalated', 'settled'] | None = None, subject: Literal['order', 'delivery', 'debt'] | None = None, counterparty_id: str | None = None, order_id: str | None = None, since: str | None = None, until: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_DisputeRowOut_:
        """The caller's disputes, by `sort`; all of the market for the platform's admin."""
        answer: Page_DisputeRowOut_ = self._send('GET', '/api/v1/disputes', query={'state': state, 'subject': subject, 'counterparty_id': counterparty_id, 'order_id': order_id, 'since': since, 'until': until, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_endpoints(self, *, is_enabled: bool | None = None, sort: Literal['oldest', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_EndpointOut_:
        """One's endpoints, by `sort`."""
        answer: Page_EndpointOut_ = self._send('GET', '/api/v1/webhooks/endpoints', query={'is_enabled': is_enabled, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_exchanges(self, order_id: str) -> list[ExchangeOut]:
        """An order's exchanges and what became of them, oldest first."""
        answer: list[ExchangeOut] = self._send('GET', '/api/v1/orders/{order_id}/exchanges', parts={'order_id': order_id})
        return answer

    def list_expense_heads(self) -> list[ExpenseHeadOut]:
        """What money may be spent on: the heads of all shops, then the shop's own."""
        answer: list[ExpenseHeadOut] = self._send('GET', '/api/v1/expenses/heads')
        return answer

    def list_expenses(self, *, sort: Literal['newest', 'oldest', 'day'] | None = None, head: Literal['rent', 'electricity', 'salaries', 'transport', 'refreshments', 'telephone', 'repairs', 'packing', 'bank_charges', 'licence_fees', 'other_expenses'] | None = None, own_head: str | None = None, mode: Literal['cash', 'upi', 'card', 'bank', 'cheque'] | None = None, first: str | None = None, last: str | None = None, is_standing: bool | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ExpenseOut_:
        """What was spent, and what undid some of it."""
        answer: Page_ExpenseOut_ = self._send('GET', '/api/v1/expenses', query={'sort': sort, 'head': head, 'own_head': own_head, 'mode': mode, 'first': first, 'last': last, 'is_standing': is_standing, 'limit': limit, 'cursor': cursor})
        return answer

    def list_expiring_soon(self, *, days: int | None = None, product_id: str | None = None, sort: Literal['expiry', 'newest', 'most'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_BatchOut_:
        """The batches on the caller's shelves that expire within so many days or have expired, by `sort`."""
        answer: Page_BatchOut_ = self._send('GET', '/api/v1/products/expiring-soon', query={'days': days, 'product_id': product_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_exposures(self, *, over_advice: bool | None = None, currency: str | None = None, sort: Literal['exposure', 'owed', 'retailer'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ExposureOut_:
        """What each retailer owes and was promised over all its vendors, by `sort`; by currency, which are never summed."""
        answer: Page_ExposureOut_ = self._send('GET', '/api/v1/financial-metrics/exposures', query={'over_advice': over_advice, 'currency': currency, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_forecasts(self, *, vendor_id: str | None = None, product_id: str | None = None, first: str | None = None, last: str | None = None, sort: Literal['series', 'day'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ForecastDayOut_:
        """Daily demand with its uncertainty, by `sort`."""
        answer: Page_ForecastDayOut_ = self._send('GET', '/api/v1/forecasts', query={'vendor_id': vendor_id, 'product_id': product_id, 'first': first, 'last': last, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_goods_claims(self, order_id: str) -> list[serving__orders__schemas__ClaimOut]:
        """An order's claims and what became of them, oldest first."""
        answer: list[serving__orders__schemas__ClaimOut] = self._send('GET', '/api/v1/orders/{order_id}/claims', parts={'order_id': order_id})
        return answer

    def list_goods_receipts(self, *, kind: Literal['receipt', 'return'] | None = None, vendor_id: str | None = None, product_id: str | None = None, first: str | None = None, last: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_GoodsReceiptRowOut_:
        """What the caller received with deliveries and gave back with returns, by `sort`."""
        answer: Page_GoodsReceiptRowOut_ = self._send('GET', '/api/v1/goods-receipts', query={'kind': kind, 'vendor_id': vendor_id, 'product_id': product_id, 'first': first, 'last': last, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_history(self, *, counterparty_id: str | None = None, kind: Literal['charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'reinstatement', 'discount_reversal', 'payment', 'credit_note', 'write_off', 'fee_waiver', 'cancel_credit', 'cash_discount'] | None = None, first: str | None = None, last: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_HistoryItemOut_:
        """Charges, payments and credit notes between the caller and its counterparties, by `sort`."""
        answer: Page_HistoryItemOut_ = self._send('GET', '/api/v1/credit/history', query={'counterparty_id': counterparty_id, 'kind': kind, 'first': first, 'last': last, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_invitations(self, *, role: Literal['vendor', 'retailer'] | None = None, position: Literal['owner', 'accountant', 'cashier', 'salesman', 'collector'] | None = None, channel: Literal['mail', 'phone'] | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_InvitationOut_:
        """The invitations that can still be taken up, by `sort`."""
        answer: Page_InvitationOut_ = self._send('GET', '/api/v1/members/invitations', query={'role': role, 'position': position, 'channel': channel, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_invoices(self, *, counterparty_id: str | None = None, side: Literal['sold', 'bought'] | None = None, order_id: str | None = None, customer_id: str | None = None, kind: Literal['tax_invoice', 'bill_of_supply', 'invoice_cum_bill_of_supply', 'bill', 'pan_bill', 'abbreviated_tax_invoice', 'credit_note'] | None = None, number: str | None = None, first: str | None = None, last: str | None = None, state: Literal['issued', 'part_paid', 'paid', 'cancelled'] | None = None, till: str | None = None, is_bill: bool | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_InvoiceRowOut_:
        """The invoices, bills and credit notes that the business wrote, or got; by `sort`."""
        answer: Page_InvoiceRowOut_ = self._send('GET', '/api/v1/invoices', query={'counterparty_id': counterparty_id, 'side': side, 'order_id': order_id, 'customer_id': customer_id, 'kind': kind, 'number': number, 'first': first, 'last': last, 'state': state, 'till': till, 'is_bill': is_bill, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_khata(self, customer_id: str, *, sort: Literal['newest', 'oldest'] | None = None, is_open: bool | None = None, limit: int | None = None, cursor: str | None = None) -> Page_KhataRowOut_:
        """What stands in a customer's khata: bills, debits and payments, with what is open of each."""
        answer: Page_KhataRowOut_ = self._send('GET', '/api/v1/ledger/{customer_id}', parts={'customer_id': customer_id}, query={'sort': sort, 'is_open': is_open, 'limit': limit, 'cursor': cursor})
        return answer

    def list_ledger_transactions(self, *, sort: Literal['newest', 'oldest'] | None = None, source: Literal['bill', 'khata', 'stock-in', 'supplier-payment', 'expense', 'delivery', 'return', 'payment', 'bounce', 'opening', 'write_off', 'reinstatement', 'cancel_fee', 'fee_waiver', 'cancel_credit', 'interest', 'cash_discount', 'discount_reversal', 'bill_cancellation', 'bill_return', 'adjustment', 'import'] | None = None, source_id: str | None = None, first: str | None = None, last: str | None = None, limit: int | None = None, cursor: str | None = None) -> Page_LedgerTransactionOut_:
        """The journal: every entry of one's own book with its amounts by account, and what would undo it."""
        answer: Page_LedgerTransactionOut_ = self._send('GET', '/api/v1/ledger/transactions', query={'sort': sort, 'source': source, 'source_id': source_id, 'first': first, 'last': last, 'limit': limit, 'cursor': cursor})
        return answer

    def list_levels(self, *, product_id: str | None = None, category: str | None = None, q: str | None = None, sort: Literal['product', 'code', 'name', 'free'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_LevelOut_:
        """What lies on the caller's shelf of each tracked good, what of it is promised, expired, free; by `sort`."""
        answer: Page_LevelOut_ = self._send('GET', '/api/v1/stock/levels', query={'product_id': product_id, 'category': category, 'q': q, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_limits(self, *, sort: Literal['counterparty', 'owed'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_LimitOut_:
        """The caller's credit agreements: a vendor's customers, or a retailer's vendors; by `sort`."""
        answer: Page_LimitOut_ = self._send('GET', '/api/v1/credit/limits', query={'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_low_stock(self, *, category: str | None = None, q: str | None = None, sort: Literal['product', 'code', 'name', 'free'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_LevelOut_:
        """The caller's goods of which less than their threshold may be sold, by `sort`."""
        answer: Page_LevelOut_ = self._send('GET', '/api/v1/products/low-stock', query={'category': category, 'q': q, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_members(self, *, role: Literal['vendor', 'retailer'] | None = None, position: Literal['owner', 'accountant', 'cashier', 'salesman', 'collector'] | None = None, state: Literal['active', 'removed'] | None = None, sort: Literal['longest', 'newest', 'position'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_MemberOut_:
        """The people of the caller's business, by `sort`."""
        answer: Page_MemberOut_ = self._send('GET', '/api/v1/members', query={'role': role, 'position': position, 'state': state, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_message_consents(self, customer_id: str, *, sort: Literal['newest', 'oldest'] | None = None, channel: Literal['whatsapp', 'sms', 'mail'] | Literal['all'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_MessageConsentOut_:
        """What a customer allowed and forbade, when and how; the latest that fits holds."""
        answer: Page_MessageConsentOut_ = self._send('GET', '/api/v1/customers/{customer_id}/consents', parts={'customer_id': customer_id}, query={'sort': sort, 'channel': channel, 'limit': limit, 'cursor': cursor})
        return answer

    def list_message_templates(self) -> list[MessageTemplateOut]:
        """What shops say, in every language, as it is registered with DLT and WhatsApp."""
        answer: list[MessageTemplateOut] = self._send('GET', '/api/v1/message-templates')
        return answer

    def list_messages(self, *, sort: Literal['newest', 'oldest'] | None = None, customer_id: str | None = None, state: Literal['queued', 'sent', 'delivered', 'read', 'failed', 'refused', 'expired', 'suppressed', 'received'] | None = None, purpose: Literal['bill', 'payment', 'reminder', 'offer', 'stock', 'summary', 'answer', 'other'] | None = None, direction: Literal['out', 'in'] | None = None, channel: Literal['whatsapp', 'sms', 'mail', 'none'] | None = None, button: str | None = None, about: str | None = None, limit: int | None = None, cursor: str | None = None) -> Page_MessageOut_:
        """What the shop said and heard, also what was kept back, with the reason."""
        answer: Page_MessageOut_ = self._send('GET', '/api/v1/messages', query={'sort': sort, 'customer_id': customer_id, 'state': state, 'purpose': purpose, 'direction': direction, 'channel': channel, 'button': button, 'about': about, 'limit': limit, 'cursor': cursor})
        return answer

    def list_movements(self, *, product_id: str | None = None, batch_id: str | None = None, kind: Literal['opening', 'receipt', 'delivery', 'return', 'adjustment'] | None = None, reason: Literal['damaged', 'expired', 'lost', 'own_use', 'found', 'counted'] | None = None, since: str | None = None, until: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_MovementOut_:
        """What came onto the caller's shelf and went, by `sort`; `source_id` is the receipt, delivery or adjustment."""
        answer: Page_MovementOut_ = self._send('GET', '/api/v1/stock/movements', query={'product_id': product_id, 'batch_id': batch_id, 'kind': kind, 'reason': reason, 'since': since, 'until': until, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_open_delivery_slots(self, *, vendor_id: str, days: int | None = None) -> list[OpenSlotOut]:
        """What of a vendor's slots may be chosen where the retailer is, from today on. Not how many places are left:"""
        answer: list[OpenSlotOut] = self._send('GET', '/api/v1/delivery-slots/open', query={'vendor_id': vendor_id, 'days': days})
        return answer

    def list_open_items(self, counterparty_id: str, *, sort: Literal['due', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> OpenItemsOut:
        """What is open between the caller and a counterparty: debts, and advances that settle nothing yet; by `sort`."""
        answer: OpenItemsOut = self._send('GET', '/api/v1/credit/items/{counterparty_id}', parts={'counterparty_id': counterparty_id}, query={'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_orders(self, *, state: Literal['placed', 'accepted', 'completed', 'declined', 'cancelled', 'expired'] | None = None, counterparty_id: str | None = None, placed_from: str | None = None, placed_until: str | None = None, number: str | None = None, sort: Literal['newest', 'oldest', 'promised'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_OrderRowOut_:
        """The caller's orders, by `sort`: a vendor's as vendor, a retailer's as retailer, all for the platform."""
        answer: Page_OrderRowOut_ = self._send('GET', '/api/v1/orders', query={'state': state, 'counterparty_id': counterparty_id, 'placed_from': placed_from, 'placed_until': placed_until, 'number': number, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_past_limits(self, retailer_id: str, *, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_PastLimitOut_:
        """Every limit that a retailer has had, by `sort`, each with its reason and who or what set it."""
        answer: Page_PastLimitOut_ = self._send('GET', '/api/v1/credit/limits/{retailer_id}/history', parts={'retailer_id': retailer_id}, query={'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_price_alerts(self, *, state: Literal['open', 'acknowledged', 'closed'] | None = None, kind: Literal['out-of-band', 'above-market', 'supplier-rise'] | None = None, product_id: str | None = None, vendor_id: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_PriceAlertOut_:
        """The caller's alerts on prices, by `sort`."""
        answer: Page_PriceAlertOut_ = self._send('GET', '/api/v1/price-intelligence/alerts', query={'state': state, 'kind': kind, 'product_id': product_id, 'vendor_id': vendor_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_products(self, *, q: str | None = None, category: str | None = None, vendor_id: str | None = None, sort: Literal['code', 'name'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ProductOut_:
        """Products with their offers, by `sort` or the closest to `q`. A vendor sees its own offers, never a rival's."""
        answer: Page_ProductOut_ = self._send('GET', '/api/v1/products', query={'q': q, 'category': category, 'vendor_id': vendor_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_promises(self, *, retailer_id: str | None = None, outcome: Literal['open', 'kept', 'kept-in-part', 'broken'] | None = None, sort: Literal['newest', 'oldest', 'due'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_PromiseOut_:
        """Promises, by `sort`, each with how it went by what was paid since."""
        answer: Page_PromiseOut_ = self._send('GET', '/api/v1/credit/promises', query={'retailer_id': retailer_id, 'outcome': outcome, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_proposals(self, order_id: str) -> list[serving__orders__schemas__ProposalOut]:
        """An order's proposals and what became of them, oldest first."""
        answer: list[serving__orders__schemas__ProposalOut] = self._send('GET', '/api/v1/orders/{order_id}/proposals', parts={'order_id': order_id})
        return answer

    def list_reminders(self, *, sort: Literal['due', 'latest'] | None = None, customer_id: str | None = None, state: Literal['scheduled', 'sending', 'sent', 'failed', 'cancelled', 'skipped'] | None = None, kind: Literal['payment_due', 'overdue', 'invoice', 'low_stock', 'expiry', 'follow_up', 'custom'] | None = None, due_from: str | None = None, due_until: str | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ReminderOut_:
        """The shop's reminders, what became of them, and until when those wait that do."""
        answer: Page_ReminderOut_ = self._send('GET', '/api/v1/reminders', query={'sort': sort, 'customer_id': customer_id, 'state': state, 'kind': kind, 'due_from': due_from, 'due_until': due_until, 'limit': limit, 'cursor': cursor})
        return answer

    def list_risk_actions(self, *, state: Literal['due', 'taken', 'skipped', 'reverted'] | None = None, kind: Literal['hold', 'lower-limit', 'stop'] | None = None, alert_id: str | None = None, vendor_id: str | None = None, retailer_id: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ActionOut_:
        """What rules did beside alerts and why they did not, by `sort`: of all, or of one's own customers."""
        answer: Page_ActionOut_ = self._send('GET', '/api/v1/risk-control/actions', query={'state': state, 'kind': kind, 'alert_id': alert_id, 'vendor_id': vendor_id, 'retailer_id': retailer_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_risk_alerts(self, *, state: Literal['open', 'acknowledged', 'snoozed', 'closed'] | None = None, rule_name: str | None = None, vendor_id: str | None = None, retailer_id: str | None = None, owner_id: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_AlertOut_:
        """Alerts, by `sort`: of the whole market for an admin, of its own customers for a vendor."""
        answer: Page_AlertOut_ = self._send('GET', '/api/v1/risk-control/alerts', query={'state': state, 'rule_name': rule_name, 'vendor_id': vendor_id, 'retailer_id': retailer_id, 'owner_id': owner_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_risk_figures(self) -> serving__risk__schemas__FiguresOut:
        """The figures that rules may ask, with their units and how they come about."""
        answer: serving__risk__schemas__FiguresOut = self._send('GET', '/api/v1/risk-control/figures')
        return answer

    def list_risk_rules(self, *, state: Literal['draft', 'live', 'retired'] | None = None, name: str | None = None, sort: Literal['name', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_RuleOut_:
        """All versions of all rules, by `sort`."""
        answer: Page_RuleOut_ = self._send('GET', '/api/v1/risk-control/rules', query={'state': state, 'name': name, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_sales_register(self, *, sort: Literal['day', 'latest'] | None = None, first: str | None = None, last: str | None = None, month: str | None = None, limit: int | None = None, cursor: str | None = None) -> Page_RegisteredOut_:
        """Every invoice, bill and credit note of a period with its tax by column."""
        answer: Page_RegisteredOut_ = self._send('GET', '/api/v1/tax/sales-register', query={'sort': sort, 'first': first, 'last': last, 'month': month, 'limit': limit, 'cursor': cursor})
        return answer

    def list_schemes(self, *, vendor_id: str | None = None, product_id: str | None = None, kind: Literal['free_goods', 'percent', 'amount', 'cash_discount'] | None = None, at: str | None = None, sort: Literal['code', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_SchemeOut_:
        """A vendor's schemes in force, by `sort`."""
        answer: Page_SchemeOut_ = self._send('GET', '/api/v1/schemes', query={'vendor_id': vendor_id, 'product_id': product_id, 'kind': kind, 'at': at, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_shop_prices(self, *, sort: Literal['newest', 'name'] | None = None, product_id: str | None = None, q: str | None = None, limit: int | None = None, cursor: str | None = None) -> Page_ShopPriceOut_:
        """What the shop asks for its goods now; a good without a price is not among them."""
        answer: Page_ShopPriceOut_ = self._send('GET', '/api/v1/shop-prices', query={'sort': sort, 'product_id': product_id, 'q': q, 'limit': limit, 'cursor': cursor})
        return answer

    def list_stock_ins(self, *, sort: Literal['newest', 'oldest', 'day'] | None = None, supplier_id: str | None = None, product_id: str | None = None, paid_by: Literal['cash', 'upi', 'card', 'bank', 'cheque', 'owed'] | None = None, first: str | None = None, last: str | None = None, is_standing: bool | None = None, limit: int | None = None, cursor: str | None = None) -> Page_StockInRowOut_:
        """What came beside orders, and what undid some of it."""
        answer: Page_StockInRowOut_ = self._send('GET', '/api/v1/stock-ins', query={'sort': sort, 'supplier_id': supplier_id, 'product_id': product_id, 'paid_by': paid_by, 'first': first, 'last': last, 'is_standing': is_standing, 'limit': limit, 'cursor': cursor})
        return answer

    def list_supplier_payments(self, supplier_id: str, *, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_SupplierPaymentOut_:
        """What a supplier got, and what undid some of it."""
        answer: Page_SupplierPaymentOut_ = self._send('GET', '/api/v1/suppliers/{supplier_id}/payments', parts={'supplier_id': supplier_id}, query={'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_suppliers(self, *, sort: Literal['owed', 'newest'] | None = None, is_owed: bool | None = None, limit: int | None = None, cursor: str | None = None) -> Page_SupplierOut_:
        """Suppliers that keep no book here, with what each is owed."""
        answer: Page_SupplierOut_ = self._send('GET', '/api/v1/suppliers', query={'sort': sort, 'is_owed': is_owed, 'limit': limit, 'cursor': cursor})
        return answer

    def list_tax_classes(self, *, country: Literal['IN', 'NP'], day: str | None = None, q: str | None = None, kind: Literal['good', 'rate'] | None = None, sort: Literal['code', 'name', 'hsn'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_TaxClassRowOut_:
        """What a product can be taxed as: goods with dated rates, and rates that one declares; by `sort`."""
        answer: Page_TaxClassRowOut_ = self._send('GET', '/api/v1/tax/classes', query={'country': country, 'day': day, 'q': q, 'kind': kind, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_templates(self, *, vendor_id: str | None = None, sort: Literal['name', 'newest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_TemplateOut_:
        """Your baskets, by `sort`."""
        answer: Page_TemplateOut_ = self._send('GET', '/api/v1/order-templates', query={'vendor_id': vendor_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def list_tills(self) -> list[TillOut]:
        """The devices that bill by series of their own, those that were closed too."""
        answer: list[TillOut] = self._send('GET', '/api/v1/tills')
        return answer

    def list_write_offs(self, *, state: Literal['waiting', 'approved', 'declined'] | None = None, retailer_id: str | None = None, sort: Literal['newest', 'oldest'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_WriteOffOut_:
        """Debts that were given up, or that somebody asks to give up, by `sort`."""
        answer: Page_WriteOffOut_ = self._send('GET', '/api/v1/credit/write-offs', query={'state': state, 'retailer_id': retailer_id, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def log_in(self, body: LoginIn) -> TokensOut:
        """Trade e-mail or phone, and password, for an access token and a refresh token."""
        answer: TokensOut = self._send('POST', '/api/v1/auth/login', body=body)
        return answer

    def log_in_by_code(self, body: PhoneLoginIn) -> TokensOut:
        """Trade the code that came to the phone for an access token and a refresh token."""
        answer: TokensOut = self._send('POST', '/api/v1/auth/login/phone', body=body)
        return answer

    def log_out(self, body: RefreshIn) -> None:
        """End the log-in that the refresh token belongs to, and with it the access tokens that came of it."""
        answer: None = self._send('POST', '/api/v1/auth/logout', body=body)
        return answer

    def make_api_key(self, body: ApiKeyIn) -> NewApiKeyOut:
        """Make a key; it is shown this once, and sent as `Authorization: Bearer <key>`."""
        answer: NewApiKeyOut = self._send('POST', '/api/v1/api-keys', body=body)
        return answer

    def make_bill(self, body: BillIn, *, idempotency_key: str | None = None) -> InvoiceOut:
        """Make a whole bill at once, also one that a device made while it was offline."""
        answer: InvoiceOut = self._send('POST', '/api/v1/invoices', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def move_cheque(self, cheque_id: str, move: str, body: ChequeMoveIn, *, idempotency_key: str | None = None) -> ChequeOut:
        """Deposit a cheque, clear it (which records the payment), let it bounce (which undoes it), or give it back."""
        answer: ChequeOut = self._send('POST', '/api/v1/credit/cheques/{cheque_id}/{move}', parts={'cheque_id': cheque_id, 'move': move}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def move_price_alert(self, alert_id: str, body: PriceAlertStateIn) -> None:
        """Acknowledge an alert, close it, or open an acknowledged one again."""
        answer: None = self._send('POST', '/api/v1/price-intelligence/alerts/{alert_id}/state', parts={'alert_id': alert_id}, body=body)
        return answer

    def open_bill(self, token: str) -> bytes:
        """The paper that a link is to, for whoever holds it."""
        answer: bytes = self._send('GET', '/b/{token}', parts={'token': token})
        return answer

    def open_dispute(self, body: DisputeIn, *, idempotency_key: str | None = None) -> DisputeOut:
        """Dispute so much of an order, a delivery or a debt; that much of it is not late for as long as this lasts."""
        answer: DisputeOut = self._send('POST', '/api/v1/disputes', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def open_khata(self, token: str) -> bytes:
        """The khata that a link is to, as a page for a phone, for whoever holds it."""
        answer: bytes = self._send('GET', '/k/{token}', parts={'token': token})
        return answer

    def open_till(self, code: str, body: TillIn) -> list[TillOut]:
        """Let a device bill by a series of its own, or name it anew; one that was closed is open again."""
        answer: list[TillOut] = self._send('PUT', '/api/v1/tills/{code}', parts={'code': code}, body=body)
        return answer

    def pay_supplier(self, supplier_id: str, body: SupplierPaymentIn, *, idempotency_key: str | None = None) -> SupplierPaymentOut:
        """Pay a supplier what it is owed, in part or whole."""
        answer: SupplierPaymentOut = self._send('POST', '/api/v1/suppliers/{supplier_id}/payments', parts={'supplier_id': supplier_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def place_order(self, body: OrderIn, *, idempotency_key: str | None = None) -> OrderOut:
        """Place an order: goods reserved and credit held, all or nothing. Repeated with its key: the same order."""
        answer: OrderOut = self._send('POST', '/api/v1/orders', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def place_order_for_customer(self, body: OnBehalfIn, *, idempotency_key: str | None = None) -> OrderOut:
        """Place what a customer asked for, as the vendor's salesman; its first order on credit is its own."""
        answer: OrderOut = self._send('POST', '/api/v1/orders/on-behalf', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def place_orders(self, body: BulkIn, *, idempotency_key: str | None = None) -> BulkOut:
        """Place up to 500 orders, each by itself: one that is refused keeps no other from being placed."""
        answer: BulkOut = self._send('POST', '/api/v1/orders/bulk', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def preview_bank_statement(self, body: BankFileIn) -> serving__credit__bank_schemas__PreviewOut:
        """How a file would be read: the layout as guessed or given, its first lines, its faults. Keeps nothing."""
        answer: serving__credit__bank_schemas__PreviewOut = self._send('POST', '/api/v1/credit/bank-statements/preview', body=body)
        return answer

    def preview_offers(self, body: OfferSheetIn) -> OfferPreviewOut:
        """What a sheet would change, line by line, each fault with its column and way out; writes nothing."""
        answer: OfferPreviewOut = self._send('POST', '/api/v1/offers/sheet/preview', body=body)
        return answer

    def print_invoice(self, invoice_id: str) -> bytes:
        """The paper of an invoice, a bill or a credit note on A4. In Nepal each one is a print, and is counted."""
        answer: bytes = self._send('GET', '/api/v1/invoices/{invoice_id}/pdf', parts={'invoice_id': invoice_id})
        return answer

    def print_slip(self, invoice_id: str, *, width: Literal['58', '80'] | None = None, form: Literal['pdf', 'text'] | None = None) -> bytes:
        """The same paper on a roll, as long as it has to be. In Nepal each one is a print, and is counted."""
        answer: bytes = self._send('GET', '/api/v1/invoices/{invoice_id}/slip', parts={'invoice_id': invoice_id}, query={'width': width, 'form': form})
        return answer

    def propose_change(self, order_id: str, body: ProposalIn) -> serving__orders__schemas__ProposalOut:
        """Propose other quantities; nothing changes until the other side confirms. One open proposal per order."""
        answer: serving__orders__schemas__ProposalOut = self._send('POST', '/api/v1/orders/{order_id}/proposals', parts={'order_id': order_id}, body=body)
        return answer

    def propose_phone(self, body: PhoneIn) -> Any:
        """Send a code to a phone that the caller wants to log in with."""
        answer: Any = self._send('POST', '/api/v1/auth/phone', body=body)
        return answer

    def prove_delivery(self, delivery_id: str, body: ProofIn, *, idempotency_key: str | None = None) -> ProofOut:
        """Say who received a delivery, with a photo or signature; told again, the newest holds."""
        answer: ProofOut = self._send('POST', '/api/v1/deliveries/{delivery_id}/proofs', parts={'delivery_id': delivery_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def quote_order(self, body: QuoteIn) -> QuoteOut:
        """What an order would cost at this moment, and when it would come. Promises nothing."""
        answer: QuoteOut = self._send('POST', '/api/v1/orders/quote', body=body)
        return answer

    def quote_order_again(self, order_id: str) -> AgainOut:
        """The lines of an order at today's prices: what changed, and a kept quote to place with one more call."""
        answer: AgainOut = self._send('POST', '/api/v1/orders/{order_id}/requote', parts={'order_id': order_id})
        return answer

    def quote_template(self, template_id: str) -> AgainOut:
        """A kept quote of what is to be had of a basket now, to place with one more call."""
        answer: AgainOut = self._send('POST', '/api/v1/order-templates/{template_id}/quote', parts={'template_id': template_id})
        return answer

    def read_ageing(self, counterparty_id: str, *, as_of: str | None = None, known_on: str | None = None) -> AgeingOut:
        """What is owed between the caller and a counterparty, by how late it is, on any past day."""
        answer: AgeingOut = self._send('GET', '/api/v1/credit/ageing/{counterparty_id}', parts={'counterparty_id': counterparty_id}, query={'as_of': as_of, 'known_on': known_on})
        return answer

    def read_ageing_of_all(self, *, as_of: str | None = None, known_on: str | None = None, sort: Literal['customer', 'owed'] | None = None, limit: int | None = None, cursor: str | None = None) -> AgeingOfAllOut:
        """What every customer of the vendor owed, by how late it was, on any past day; by `sort`."""
        answer: AgeingOfAllOut = self._send('GET', '/api/v1/credit/ageing', query={'as_of': as_of, 'known_on': known_on, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def read_alert_rule(self) -> AlertRuleOut:
        """When the caller is told of prices; null is off, and so is everything before a rule is set."""
        answer: AlertRuleOut = self._send('GET', '/api/v1/price-intelligence/alert-rule')
        return answer

    def read_best_price(self, *, product_id: str, quantity: str, unit: str | None = None) -> BestPriceOut:
        """Who sells so much of a good to the caller at which price: tiers, agreed prices and schemes counted, explained."""
        answer: BestPriceOut = self._send('GET', '/api/v1/price-intelligence/best-price', query={'product_id': product_id, 'quantity': quantity, 'unit': unit})
        return answer

    def read_bill_draft(self, draft_id: str) -> DraftOut:
        """A draft with what it comes to at the prices and rates of now, and why it cannot be confirmed if so."""
        answer: DraftOut = self._send('GET', '/api/v1/bill-drafts/{draft_id}', parts={'draft_id': draft_id})
        return answer

    def read_billing_settings(self) -> BillingSettingsOut:
        """How the shop's bills are reckoned and kept."""
        answer: BillingSettingsOut = self._send('GET', '/api/v1/billing/settings')
        return answer

    def read_business(self, business_id: str) -> BusinessCardOut:
        """One business."""
        answer: BusinessCardOut = self._send('GET', '/api/v1/businesses/{business_id}', parts={'business_id': business_id})
        return answer

    def read_cancellation(self, order_id: str) -> CancellationOut:
        """What it costs either side to cancel the order at this moment, by the rules under which it was placed."""
        answer: CancellationOut = self._send('GET', '/api/v1/orders/{order_id}/cancellation', parts={'order_id': order_id})
        return answer

    def read_cash_flow(self, *, weeks: int | None = None) -> CashFlowOut:
        """When open debts fall due, and when they are likely to be paid by each payer's own delay."""
        answer: CashFlowOut = self._send('GET', '/api/v1/credit/cash-flow', query={'weeks': weeks})
        return answer

    def read_cbms_settings(self) -> CbmsSettingsOut:
        """How the business reports its bills; the password is never shown."""
        answer: CbmsSettingsOut = self._send('GET', '/api/v1/tax/cbms-settings')
        return answer

    def read_claim(self, claim_id: str) -> serving__credit__desk_schemas__ClaimOut:
        """One claim, for either side of it."""
        answer: serving__credit__desk_schemas__ClaimOut = self._send('GET', '/api/v1/credit/claims/{claim_id}', parts={'claim_id': claim_id})
        return answer

    def read_claim_photo(self, order_id: str, claim_id: str) -> bytes:
        """The photo of a claim, JPEG or PNG."""
        answer: bytes = self._send('GET', '/api/v1/orders/{order_id}/claims/{claim_id}/photo', parts={'order_id': order_id, 'claim_id': claim_id})
        return answer

    def read_collection_run(self, *, collector_id: str | None = None, zone: str | None = None, sort: Literal['pressing', 'zone', 'owed'] | None = None, limit: int | None = None, cursor: str | None = None) -> RunOut:
        """Whom to visit today, by `sort`."""
        answer: RunOut = self._send('GET', '/api/v1/credit/collection-run', query={'collector_id': collector_id, 'zone': zone, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def read_customer(self, customer_id: str) -> CustomerOut:
        """One customer with what they owe; of one who was erased nothing but that."""
        answer: CustomerOut = self._send('GET', '/api/v1/customers/{customer_id}', parts={'customer_id': customer_id})
        return answer

    def read_daily_summary(self, *, day: str | None = None) -> DailySummaryOut:
        """Bills, money by how it came, khata, expenses and goods of a day, beside the same weekday a week before."""
        answer: DailySummaryOut = self._send('GET', '/api/v1/summary/daily', query={'day': day})
        return answer

    def read_delivery(self, delivery_id: str) -> WholeDeliveryOut:
        """One delivery with all its attempts."""
        answer: WholeDeliveryOut = self._send('GET', '/api/v1/webhooks/deliveries/{delivery_id}', parts={'delivery_id': delivery_id})
        return answer

    def read_dispute(self, dispute_id: str) -> DisputeOut:
        """One dispute with its timeline."""
        answer: DisputeOut = self._send('GET', '/api/v1/disputes/{dispute_id}', parts={'dispute_id': dispute_id})
        return answer

    def read_dispute_evidence(self, dispute_id: str) -> bytes:
        """The file that came with a dispute, as it was sent."""
        answer: bytes = self._send('GET', '/api/v1/disputes/{dispute_id}/evidence', parts={'dispute_id': dispute_id})
        return answer

    def read_endpoint(self, endpoint_id: str) -> EndpointOut:
        """One endpoint; whether it is switched off, and why."""
        answer: EndpointOut = self._send('GET', '/api/v1/webhooks/endpoints/{endpoint_id}', parts={'endpoint_id': endpoint_id})
        return answer

    def read_evidence(self, claim_id: str) -> bytes:
        """The picture that came with a claim, as it was sent."""
        answer: bytes = self._send('GET', '/api/v1/credit/claims/{claim_id}/evidence', parts={'claim_id': claim_id})
        return answer

    def read_expense(self, expense_id: str) -> ExpenseOut:
        """One expense."""
        answer: ExpenseOut = self._send('GET', '/api/v1/expenses/{expense_id}', parts={'expense_id': expense_id})
        return answer

    def read_goods_receipt(self, receipt_id: str) -> GoodsReceiptOut:
        """One receipt: by line what the vendor counted, what that is on the shelf, what one cost, and the batches."""
        answer: GoodsReceiptOut = self._send('GET', '/api/v1/goods-receipts/{receipt_id}', parts={'receipt_id': receipt_id})
        return answer

    def read_health(self) -> HealthOut:
        """Database, workers, sealing and jobs. 503 when one of them is bad."""
        answer: HealthOut = self._send('GET', '/health')
        return answer

    def read_invoice(self, invoice_id: str) -> InvoiceOut:
        """One invoice, bill or credit note: parties, lines with the trace of every figure, summary by HSN."""
        answer: InvoiceOut = self._send('GET', '/api/v1/invoices/{invoice_id}', parts={'invoice_id': invoice_id})
        return answer

    def read_keys(self) -> KeySetOut:
        """The public keys that access tokens are verified with now, by `kid`."""
        answer: KeySetOut = self._send('GET', '/api/v1/auth/keys')
        return answer

    def read_khata_statement(self, customer_id: str, *, first: str | None = None, last: str | None = None) -> KhataStatementOut:
        """A customer's khata for a period, with the balance after each row."""
        answer: KhataStatementOut = self._send('GET', '/api/v1/ledger/{customer_id}/statement', parts={'customer_id': customer_id}, query={'first': first, 'last': last})
        return answer

    def read_leaderboard(self, *, zone: str | None = None, origin: Literal['real', 'imported', 'simulated'] | None = None, currency: str | None = None, sort: Literal['rank', 'deliveries'] | None = None, limit: int | None = None, cursor: str | None = None) -> Page_RankedVendorOut_:
        """Vendors within their market, by `sort`: those of one origin that sell in one currency."""
        answer: Page_RankedVendorOut_ = self._send('GET', '/api/v1/vendors/leaderboard', query={'zone': zone, 'origin': origin, 'currency': currency, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def read_ledger_transaction(self, transaction_id: str) -> LedgerTransactionOut:
        """One entry of one's own book."""
        answer: LedgerTransactionOut = self._send('GET', '/api/v1/ledger/transactions/{transaction_id}', parts={'transaction_id': transaction_id})
        return answer

    def read_market_average(self, *, product_id: str) -> MarketAverageOut:
        """Average and quantiles of what at least five sellers ask for a base unit; with fewer, how many there are."""
        answer: MarketAverageOut = self._send('GET', '/api/v1/price-intelligence/market-average', query={'product_id': product_id})
        return answer

    def read_message(self, message_id: str) -> MessageOut:
        """One message and how far it came."""
        answer: MessageOut = self._send('GET', '/api/v1/messages/{message_id}', parts={'message_id': message_id})
        return answer

    def read_message_settings(self) -> MessageSettingsOut:
        """How the shop's messages go out."""
        answer: MessageSettingsOut = self._send('GET', '/api/v1/message-settings')
        return answer

    def read_metric(self, name: str, *, by: list[str] | None = None, from_: str | None = None, until: str | None = None, origin: Literal['real', 'imported', 'simulated'] | None = None) -> MetricOut:
        """One metric, split as asked; always by origin, and by currency where it is an amount."""
        answer: MetricOut = self._send('GET', '/api/v1/executive/metrics/{name}', parts={'name': name}, query={'by': by, 'from': from_, 'until': until, 'origin': origin})
        return answer

    def read_metrics(self) -> bytes:
        """The figures of this process for Prometheus."""
        answer: bytes = self._send('GET', '/metrics')
        return answer

    def read_order(self, order_id: str) -> OrderOut:
        """One order with its lines, deliveries, payments and timeline."""
        answer: OrderOut = self._send('GET', '/api/v1/orders/{order_id}', parts={'order_id': order_id})
        return answer

    def read_order_rules(self, vendor_id: str) -> RulesOut:
        """What a vendor asks of orders; the defaults where it said nothing."""
        answer: RulesOut = self._send('GET', '/api/v1/order-rules/{vendor_id}', parts={'vendor_id': vendor_id})
        return answer

    def read_own_score(self) -> ScoreOut:
        """The caller's own score, with components and reasons."""
        answer: ScoreOut = self._send('GET', '/api/v1/credit/score')
        return answer

    def read_past_due(self, item_id: str) -> PastDueOut:
        """How a debt stood on each day on which it changed: made, paid in part, past due, settled."""
        answer: PastDueOut = self._send('GET', '/api/v1/credit/items/{item_id}/days-past-due', parts={'item_id': item_id})
        return answer

    def read_policy(self) -> PolicyOut:
        """What the people of the vendor may do without asking a second one."""
        answer: PolicyOut = self._send('GET', '/api/v1/credit/policy')
        return answer

    def read_price_alert(self, alert_id: str) -> PriceAlertShownOut:
        """An alert with its facts and its history."""
        answer: PriceAlertShownOut = self._send('GET', '/api/v1/price-intelligence/alerts/{alert_id}', parts={'alert_id': alert_id})
        return answer

    def read_price_history(self, *, product_id: str, days: int | None = None, vendor_id: str | None = None) -> PriceHistoryOut:
        """What a good cost day by day: the market's figures and one seller's price, of a base unit."""
        answer: PriceHistoryOut = self._send('GET', '/api/v1/price-intelligence/history', query={'product_id': product_id, 'days': days, 'vendor_id': vendor_id})
        return answer

    def read_product(self, product_id: str) -> ProductOut:
        """One product with its offers, also when it is no longer active."""
        answer: ProductOut = self._send('GET', '/api/v1/products/{product_id}', parts={'product_id': product_id})
        return answer

    def read_product_tax_class(self, product_id: str, *, day: str | None = None) -> ProductTaxClassOut:
        """What a product is taxed as when the caller sells it."""
        answer: ProductTaxClassOut = self._send('GET', '/api/v1/products/{product_id}/tax-class', parts={'product_id': product_id}, query={'day': day})
        return answer

    def read_profile(self) -> ProfileOut:
        """The caller and their business."""
        answer: ProfileOut = self._send('GET', '/api/v1/auth/profile')
        return answer

    def read_proof_photo(self, delivery_id: str, proof_id: str) -> bytes:
        """The photo that shows the handing over, JPEG or PNG."""
        answer: bytes = self._send('GET', '/api/v1/deliveries/{delivery_id}/proofs/{proof_id}/photo', parts={'delivery_id': delivery_id, 'proof_id': proof_id})
        return answer

    def read_proof_signature(self, delivery_id: str, proof_id: str) -> bytes:
        """The receiver's signature, JPEG or PNG."""
        answer: bytes = self._send('GET', '/api/v1/deliveries/{delivery_id}/proofs/{proof_id}/signature', parts={'delivery_id': delivery_id, 'proof_id': proof_id})
        return answer

    def read_quote(self, quote_id: str) -> KeptQuoteOut:
        """A kept quote: until when it holds, and the order that was made of it."""
        answer: KeptQuoteOut = self._send('GET', '/api/v1/quotes/{quote_id}', parts={'quote_id': quote_id})
        return answer

    def read_receipt(self, receipt_id: str) -> ReceiptOut:
        """Goods that the caller took in."""
        answer: ReceiptOut = self._send('GET', '/api/v1/stock/receipts/{receipt_id}', parts={'receipt_id': receipt_id})
        return answer

    def read_recommendations(self, *, product_id: str | None = None, quantity: str | None = None, category: str | None = None, sort: Literal['usual', 'code', 'name'] | None = None, limit: int | None = None, cursor: str | None = None) -> RecommendationOut | Page_RecommendationOut_:
        """A vendor: raise, lower or hold the price. A retailer: buy elsewhere, now, later. With the reason."""
        answer: RecommendationOut | Page_RecommendationOut_ = self._send('GET', '/api/v1/price-intelligence/recommendations', query={'product_id': product_id, 'quantity': quantity, 'category': category, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def read_reminder(self, reminder_id: str) -> ReminderOut:
        """One reminder."""
        answer: ReminderOut = self._send('GET', '/api/v1/reminders/{reminder_id}', parts={'reminder_id': reminder_id})
        return answer

    def read_reminder_settings(self) -> ReminderSettingsOut:
        """Which reminders the shop's customers get without anybody writing them."""
        answer: ReminderSettingsOut = self._send('GET', '/api/v1/reminders/settings')
        return answer

    def read_retailer_metrics(self, retailer_id: str) -> MetricsOut:
        """Exposure, utilisation, lateness, turnover, trend, concentration: over all vendors for lenders and the retailer."""
        answer: MetricsOut = self._send('GET', '/api/v1/financial-metrics/retailer/{retailer_id}', parts={'retailer_id': retailer_id})
        return answer

    def read_risk_action(self, action_id: str) -> ActionOut:
        """One thing that a rule did, or did not."""
        answer: ActionOut = self._send('GET', '/api/v1/risk-control/actions/{action_id}', parts={'action_id': action_id})
        return answer

    def read_risk_alert(self, alert_id: str) -> AlertStoryOut:
        """One alert with what was done about it."""
        answer: AlertStoryOut = self._send('GET', '/api/v1/risk-control/alerts/{alert_id}', parts={'alert_id': alert_id})
        return answer

    def read_risk_bounds(self) -> BoundsOut:
        """How far one lets rules lower one's limits."""
        answer: BoundsOut = self._send('GET', '/api/v1/risk-control/bounds')
        return answer

    def read_risk_exposure(self, *, currency: str | None = None, sort: Literal['vendor', 'owed'] | None = None, limit: int | None = None, cursor: str | None = None) -> ExposuresOut:
        """What each vendor is owed, has promised and allows, by `sort`, and the total; currencies are never summed."""
        answer: ExposuresOut = self._send('GET', '/api/v1/risk-control/exposure', query={'currency': currency, 'sort': sort, 'limit': limit, 'cursor': cursor})
        return answer

    def read_risk_rule(self, rule_id: str) -> RuleOut:
        """One version of a rule with its last dry run."""
        answer: RuleOut = self._send('GET', '/api/v1/risk-control/rules/{rule_id}', parts={'rule_id': rule_id})
        return answer

    def read_risk_score(self, *, retailer_id: str) -> RiskScoreOut:
        """A retailer's transparent score with its reasons, and its alerts that are not closed."""
        answer: RiskScoreOut = self._send('GET', '/api/v1/risk-control/score', query={'retailer_id': retailer_id})
        return answer

    def read_sales_register_summary(self, *, first: str | None = None, last: str | None = None, month: str | None = None) -> RegisterSummaryOut:
        """A period by HSN and rate, and its series of documents: from, to, how many, how many cancelled."""
        answer: RegisterSummaryOut = self._send('GET', '/api/v1/tax/sales-register/summary', query={'first': first, 'last': last, 'month': month})
        return answer

    def read_score(self, retailer_id: str) -> ScoreOut | BandOut:
        """A retailer's score: whole for lenders and itself, the grade alone for vendors that it consented to."""
        answer: ScoreOut | BandOut = self._send('GET', '/api/v1/credit/score/{retailer_id}', parts={'retailer_id': retailer_id})
        return answer

    def read_statement(self, counterparty_id: str, *, first: str | None = None, last: str | None = None, known_on: str | None = None, form: Literal['json', 'pdf', 'csv', 'xlsx'] | None = None) -> StatementOut | bytes:
        """The statement between the caller and a counterparty: opening, entries, closing, ageing of any period."""
        answer: StatementOut | bytes = self._send('GET', '/api/v1/credit/statements/{counterparty_id}', parts={'counterparty_id': counterparty_id}, query={'first': first, 'last': last, 'known_on': known_on, 'form': form})
        return answer

    def read_stock_in(self, stock_in_id: str) -> StockInOut:
        """One stock-in with its lines, or what undid one."""
        answer: StockInOut = self._send('GET', '/api/v1/stock-ins/{stock_in_id}', parts={'stock_in_id': stock_in_id})
        return answer

    def read_stop(self) -> serving__credit__approval_schemas__StopOut:
        """What the vendor wants of orders that credit has no room for."""
        answer: serving__credit__approval_schemas__StopOut = self._send('GET', '/api/v1/credit/stop')
        return answer

    def read_stop_of_retailer(self, retailer_id: str) -> serving__credit__approval_schemas__StopOut:
        """What the vendor wants of the orders of one retailer; `as-vendor`: what it wants of all."""
        answer: serving__credit__approval_schemas__StopOut = self._send('GET', '/api/v1/credit/stop/{retailer_id}', parts={'retailer_id': retailer_id})
        return answer

    def read_summary(self, *, from_: str | None = None, until: str | None = None, origin: Literal['real', 'imported', 'simulated'] | None = None) -> serving__executive__schemas__SummaryOut:
        """Every executive metric over a period, the daily trend and the vendors that sell most in each market."""
        answer: serving__executive__schemas__SummaryOut = self._send('GET', '/api/v1/executive/summary', query={'from': from_, 'until': until, 'origin': origin})
        return answer

    def read_supplier(self, supplier_id: str) -> SupplierOut:
        """One supplier; what it brought is asked by `GET /api/v1/stock-ins?supplier_id=`."""
        answer: SupplierOut = self._send('GET', '/api/v1/suppliers/{supplier_id}', parts={'supplier_id': supplier_id})
        return answer

    def read_tax_profile(self) -> TaxProfilesOut:
        """How the caller's business stands to the tax office, now and before."""
        answer: TaxProfilesOut = self._send('GET', '/api/v1/tax/profile')
        return answer

    def read_total_pending(self) -> TotalPendingOut:
        """What all customers owe together, and what the shop owes to those that paid ahead."""
        answer: TotalPendingOut = self._send('GET', '/api/v1/customers/total-pending')
        return answer

    def read_total_pending_unversioned(self) -> TotalPendingOut:
        """What all customers owe together, and what the shop owes to those that paid ahead."""
        answer: TotalPendingOut = self._send('GET', '/api/customers/total-pending')
        return answer

    def reallocate(self, item_id: str, body: ReallocationIn) -> None:
        """Let a payment or credit note settle these debts and then the oldest, instead of what it settled before."""
        answer: None = self._send('PUT', '/api/v1/credit/items/{item_id}/allocations', parts={'item_id': item_id}, body=body)
        return answer

    def receive_cheque(self, body: ChequeIn, *, idempotency_key: str | None = None) -> ChequeOut:
        """Take a cheque into the drawer, also one of a later date; nothing is posted before it has cleared."""
        answer: ChequeOut = self._send('POST', '/api/v1/credit/cheques', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def receive_goods(self, body: ReceiptIn, *, idempotency_key: str | None = None) -> ReceiptOut:
        """Take goods in, of batches where the label has one; a good seen for the first time gets a level."""
        answer: ReceiptOut = self._send('POST', '/api/v1/stock/receipts', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def record_expense(self, body: ExpenseIn, *, idempotency_key: str | None = None) -> ExpenseOut:
        """Write what was spent; it goes out of cash, or out of the bank for every other way of paying."""
        answer: ExpenseOut = self._send('POST', '/api/v1/expenses', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def record_message_consent(self, customer_id: str, body: MessageConsentIn) -> MessageConsentOut:
        """Write down what a customer told the shop of messages; what waits and is forbidden is kept back."""
        answer: MessageConsentOut = self._send('POST', '/api/v1/customers/{customer_id}/consents', parts={'customer_id': customer_id}, body=body)
        return answer

    def record_payment(self, body: PaymentIn, *, idempotency_key: str | None = None) -> PaymentOut:
        """Take a payment: it settles what it names, then what is due longest; what is left over is an advance."""
        answer: PaymentOut = self._send('POST', '/api/v1/credit/payment', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def record_promise(self, body: PromiseIn, *, idempotency_key: str | None = None) -> PromiseOut:
        """Note what a retailer will pay by a day; the collection run leaves it in peace until then."""
        answer: PromiseOut = self._send('POST', '/api/v1/credit/promises', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def record_visit(self, body: VisitIn, *, idempotency_key: str | None = None) -> VisitOut:
        """Note what came of going to a retailer today."""
        answer: VisitOut = self._send('POST', '/api/v1/credit/visits', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def refresh(self, body: RefreshIn) -> TokensOut:
        """Trade a refresh token for the next pair; each is good once, and a second use ends its log-in."""
        answer: TokensOut = self._send('POST', '/api/v1/auth/refresh', body=body)
        return answer

    def register(self, body: RegisterIn) -> UserOut:
        """Take in a vendor or retailer with their business; or, by an admin, a user of the platform."""
        answer: UserOut = self._send('POST', '/api/v1/auth/register', body=body)
        return answer

    def release_risk_rule(self, rule_id: str) -> RuleOut:
        """Let a draft go live that was tried and that another admin wrote; the version before it is retired."""
        answer: RuleOut = self._send('POST', '/api/v1/risk-control/rules/{rule_id}/release', parts={'rule_id': rule_id})
        return answer

    def remove_member(self, user_id: str) -> None:
        """End a person's membership, and all their log-ins within seconds."""
        answer: None = self._send('DELETE', '/api/v1/members/{user_id}', parts={'user_id': user_id})
        return answer

    def remove_second_factor(self, body: serving__auth__schemas__CodeIn) -> None:
        """Take the authenticator off, by one of its codes or a recovery code. Every log-in of the caller ends."""
        answer: None = self._send('POST', '/api/v1/auth/second-factor/remove', body=body)
        return answer

    def replay_delivery(self, delivery_id: str) -> WholeDeliveryOut:
        """Send one event once more."""
        answer: WholeDeliveryOut = self._send('POST', '/api/v1/webhooks/deliveries/{delivery_id}/replay', parts={'delivery_id': delivery_id})
        return answer

    def replay_since(self, endpoint_id: str, body: ReplayIn) -> ReplayedOut:
        """Send again what happened since a moment, a thousand at once."""
        answer: ReplayedOut = self._send('POST', '/api/v1/webhooks/endpoints/{endpoint_id}/replay', parts={'endpoint_id': endpoint_id}, body=body)
        return answer

    def resend_message(self, message_id: str, *, idempotency_key: str | None = None) -> MessageOut:
        """Send what did not arrive once more, to the customer's address of now; answers the new message."""
        answer: MessageOut = self._send('POST', '/api/v1/messages/{message_id}/resend', parts={'message_id': message_id}, key=idempotency_key, is_keyed=True)
        return answer

    def resend_reminder(self, reminder_id: str) -> ReminderOut:
        """Try a reminder that failed again, at once."""
        answer: ReminderOut = self._send('POST', '/api/v1/reminders/{reminder_id}/resend', parts={'reminder_id': reminder_id})
        return answer

    def resend_to_cbms(self, invoice_id: str) -> CbmsReportOut:
        """Try a document again now; one that the office has is never sent again."""
        answer: CbmsReportOut = self._send('POST', '/api/v1/tax/cbms/{invoice_id}/resend', parts={'invoice_id': invoice_id})
        return answer

    def reset_password(self, body: ResetIn) -> None:
        """Set another password by the token that was mailed, once. Every log-in of its user ends."""
        answer: None = self._send('POST', '/api/v1/auth/password/reset', body=body)
        return answer

    def retire_risk_rule(self, rule_id: str) -> RuleOut:
        """Ask a rule no more; its alerts stay."""
        answer: RuleOut = self._send('POST', '/api/v1/risk-control/rules/{rule_id}/retirement', parts={'rule_id': rule_id})
        return answer

    def return_goods(self, order_id: str, body: ReturnIn, *, idempotency_key: str | None = None) -> HandedOverOut:
        """Take goods back: a credit note, settled against this order's charges first."""
        answer: HandedOverOut = self._send('POST', '/api/v1/orders/{order_id}/returns', parts={'order_id': order_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def reverse_expense(self, expense_id: str, body: UndoneIn, *, idempotency_key: str | None = None) -> ExpenseOut:
        """Undo an expense by its contrary; answers what undid it."""
        answer: ExpenseOut = self._send('POST', '/api/v1/expenses/{expense_id}/reversal', parts={'expense_id': expense_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def reverse_khata_entry(self, entry_id: str, body: KhataReversalIn, *, idempotency_key: str | None = None) -> KhataEntryOut:
        """Undo an entry by its contrary: a payment that bounced, or what was written by mistake."""
        answer: KhataEntryOut = self._send('POST', '/api/v1/ledger/entries/{entry_id}/reversal', parts={'entry_id': entry_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def reverse_ledger_transaction(self, transaction_id: str, body: LedgerReversalIn, *, idempotency_key: str | None = None) -> LedgerTransactionOut:
        """Undo an entry as a whole, its goods and debts with it; answers the entry that undid it."""
        answer: LedgerTransactionOut = self._send('POST', '/api/v1/ledger/transactions/{transaction_id}/reversal', parts={'transaction_id': transaction_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def reverse_payment(self, payment_id: str, body: PaymentReversalIn, *, idempotency_key: str | None = None) -> PaymentOut:
        """Undo a payment that bounced or was recorded by mistake: what it had settled is due as it was."""
        answer: PaymentOut = self._send('POST', '/api/v1/credit/payment/{payment_id}/reversal', parts={'payment_id': payment_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def reverse_stock_in(self, stock_in_id: str, body: UndoneIn, *, idempotency_key: str | None = None) -> StockInOut:
        """Undo a stock-in: the contrary in the book, its goods off the shelf as far as they lie there."""
        answer: StockInOut = self._send('POST', '/api/v1/stock-ins/{stock_in_id}/reversal', parts={'stock_in_id': stock_in_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def reverse_supplier_payment(self, supplier_id: str, paid_id: str, body: UndoneIn, *, idempotency_key: str | None = None) -> SupplierPaymentOut:
        """Undo a payment to a supplier by its contrary: it is owed so much again."""
        answer: SupplierPaymentOut = self._send('POST', '/api/v1/suppliers/{supplier_id}/payments/{paid_id}/reversal', parts={'supplier_id': supplier_id, 'paid_id': paid_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def revert_risk_action(self, action_id: str, body: ReversalIn) -> ActionOut:
        """Undo what a rule did to one's customer; what held before holds again."""
        answer: ActionOut = self._send('POST', '/api/v1/risk-control/actions/{action_id}/reversal', parts={'action_id': action_id}, body=body)
        return answer

    def revoke_api_key(self, key_id: str) -> None:
        """End a key within seconds, for ever."""
        answer: None = self._send('DELETE', '/api/v1/api-keys/{key_id}', parts={'key_id': key_id})
        return answer

    def revoke_invitation(self, invitation_id: str) -> None:
        """Take an invitation back, and forget whom it was for."""
        answer: None = self._send('DELETE', '/api/v1/members/invitations/{invitation_id}', parts={'invitation_id': invitation_id})
        return answer

    def rotate_secret(self, endpoint_id: str) -> SecretOut:
        """A new secret; the one before signs beside it for a day, one before that no longer."""
        answer: SecretOut = self._send('POST', '/api/v1/webhooks/endpoints/{endpoint_id}/rotate-secret', parts={'endpoint_id': endpoint_id})
        return answer

    def say_message(self, body: MessageIn, *, idempotency_key: str | None = None) -> MessageOut:
        """Say something to a customer; who cannot be reached or does not want it makes it `suppressed`, with the reason."""
        answer: MessageOut = self._send('POST', '/api/v1/messages', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def search_customers(self, *, q: str) -> list[CustomerOut]:
        """Who may be meant, the likeliest first; fifty at most."""
        answer: list[CustomerOut] = self._send('GET', '/api/v1/customers/search', query={'q': q})
        return answer

    def set_alert_rule(self, body: AlertRuleIn) -> AlertRuleOut:
        """Set when the caller wants to be told of prices, from now on, in place of the rule before."""
        answer: AlertRuleOut = self._send('PUT', '/api/v1/price-intelligence/alert-rule', body=body)
        return answer

    def set_customer_price(self, body: CustomerPriceIn) -> CreatedOut:
        """Agree with one customer on a price or a percentage off, in place of what held before."""
        answer: CreatedOut = self._send('POST', '/api/v1/customer-prices', body=body)
        return answer

    def set_interest_rule(self, body: InterestRuleIn) -> InterestRuleOut:
        """Set what is taken for what is late, from today on."""
        answer: InterestRuleOut = self._send('PUT', '/api/v1/credit/interest-rule', body=body)
        return answer

    def set_limit(self, retailer_id: str, body: LimitIn) -> LimitOut:
        """Set the most that a retailer may owe; the first time this agrees on credit with it."""
        answer: LimitOut = self._send('PUT', '/api/v1/credit/limits/{retailer_id}', parts={'retailer_id': retailer_id}, body=body)
        return answer

    def set_offer(self, product_id: str, body: OfferIn) -> OfferCreatedOut:
        """Set the caller's terms for a product from now or a later moment on; orders that stand keep theirs."""
        answer: OfferCreatedOut = self._send('POST', '/api/v1/products/{product_id}/offers', parts={'product_id': product_id}, body=body)
        return answer

    def set_order_rules(self, body: RulesIn) -> RulesOut:
        """Say what you ask of orders from now on; orders that are placed keep what held."""
        answer: RulesOut = self._send('PUT', '/api/v1/order-rules', body=body)
        return answer

    def set_policy(self, body: PolicyIn) -> PolicyOut:
        """Say what the people of the vendor may do without asking a second one, from now on."""
        answer: PolicyOut = self._send('PUT', '/api/v1/credit/policy', body=body)
        return answer

    def set_risk_bounds(self, body: BoundsIn) -> BoundsOut:
        """From now on let rules lower one's limits within these bounds, or let none do so."""
        answer: BoundsOut = self._send('PUT', '/api/v1/risk-control/bounds', body=body)
        return answer

    def set_scheme(self, body: SchemeIn) -> CreatedOut:
        """Set a scheme from now or a day to come, in place of the one of the same code."""
        answer: CreatedOut = self._send('POST', '/api/v1/schemes', body=body)
        return answer

    def set_shop_price(self, product_id: str, body: ShopPriceIn) -> list[ShopPriceOut]:
        """Say what a good costs at the counter from now on, the tax in it; answers its prices in all units."""
        answer: list[ShopPriceOut] = self._send('PUT', '/api/v1/products/{product_id}/shop-price', parts={'product_id': product_id}, body=body)
        return answer

    def set_stop(self, body: StopIn) -> serving__credit__approval_schemas__StopOut:
        """From now on refuse orders over the limit, or hold them until somebody approves."""
        answer: serving__credit__approval_schemas__StopOut = self._send('PUT', '/api/v1/credit/stop', body=body)
        return answer

    def set_stop_of_retailer(self, retailer_id: str, body: PairStopIn) -> serving__credit__approval_schemas__StopOut:
        """The same for the orders of one retailer, whatever holds for the others."""
        answer: serving__credit__approval_schemas__StopOut = self._send('PUT', '/api/v1/credit/stop/{retailer_id}', parts={'retailer_id': retailer_id}, body=body)
        return answer

    def set_tax_profile(self, body: TaxProfileIn) -> TaxProfilesOut:
        """Stand otherwise to the tax office from a day on; invoices that were written keep what they say."""
        answer: TaxProfilesOut = self._send('PUT', '/api/v1/tax/profile', body=body)
        return answer

    def set_threshold(self, product_id: str, body: ThresholdIn) -> LevelOut:
        """Say how little of a good is too little, from now on; null ends it."""
        answer: LevelOut = self._send('PUT', '/api/v1/stock/levels/{product_id}/threshold', parts={'product_id': product_id}, body=body)
        return answer

    def settle_all_advances(self) -> SettlementsOut:
        """Let the advances of every retailer settle what it owes, oldest first; each retailer by itself."""
        answer: SettlementsOut = self._send('POST', '/api/v1/credit/advances/settlement')
        return answer

    def settle_dispute(self, dispute_id: str, body: SettlementIn) -> DisputeOut:
        """End it: withdraw one's own, uphold the other's; the vendor says that it was paid or credited."""
        answer: DisputeOut = self._send('POST', '/api/v1/disputes/{dispute_id}/settlement', parts={'dispute_id': dispute_id}, body=body)
        return answer

    def snooze_risk_alert(self, alert_id: str, body: SnoozeIn) -> AlertStoryOut:
        """Let an alert wait for a day to come; then it is open again."""
        answer: AlertStoryOut = self._send('POST', '/api/v1/risk-control/alerts/{alert_id}/snooze', parts={'alert_id': alert_id}, body=body)
        return answer

    def state_product_tax_class(self, product_id: str, body: ProductTaxClassIn) -> ProductTaxClassOut:
        """Say what a product is taxed as from a day on: for one's own sales, or by an admin for all who say nothing."""
        answer: ProductTaxClassOut = self._send('PUT', '/api/v1/products/{product_id}/tax-class', parts={'product_id': product_id}, body=body)
        return answer

    def take_back_of_bill(self, invoice_id: str, body: BillReturnIn, *, idempotency_key: str | None = None) -> InvoiceOut:
        """Write the credit note of goods that come back of a bill, at the bill's rates."""
        answer: InvoiceOut = self._send('POST', '/api/v1/invoices/{invoice_id}/credit-notes', parts={'invoice_id': invoice_id}, body=body, key=idempotency_key, is_keyed=True)
        return answer

    def take_bank_statement_in(self, body: BankFileIn) -> BankStatementOut:
        """Keep a file's lines for review, whole or not at all; a file and a line come in once. Records no payment."""
        answer: BankStatementOut = self._send('POST', '/api/v1/credit/bank-statements', body=body)
        return answer

    def take_khata_payment(self, body: KhataPaymentIn, *, idempotency_key: str | None = None) -> KhataEntryOut:
        """Take a customer's money; it settles the oldest debts first, and what is left over is paid ahead."""
        answer: KhataEntryOut = self._send('POST', '/api/v1/ledger/payment', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def take_opening_stock_in(self, body: OpeningStockIn) -> OpeningStockOut:
        """Take in from a sheet what lay on the shelves before, whole or not at all; a file comes in once."""
        answer: OpeningStockOut = self._send('POST', '/api/v1/stock/openings', body=body)
        return answer

    def take_openings_in(self, body: OpeningsIn) -> OpeningsOut:
        """Take in from a sheet what customers owed before, whole or not at all; a document comes in once."""
        answer: OpeningsOut = self._send('POST', '/api/v1/credit/openings', body=body)
        return answer

    def take_stock_in(self, body: StockInIn, *, idempotency_key: str | None = None) -> StockInOut:
        """Take goods in that came beside an order: onto the shelf and into the book, paid at once or owed."""
        answer: StockInOut = self._send('POST', '/api/v1/stock-ins', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def try_risk_rule(self, rule_id: str) -> RuleOut:
        """Ask a draft about each of the last 90 closed days; nothing comes of it but the answer, with what it would do."""
        answer: RuleOut = self._send('POST', '/api/v1/risk-control/rules/{rule_id}/dry-run', parts={'rule_id': rule_id})
        return answer

    def undo_bill_draft(self, draft_id: str) -> DraftOut:
        """Take back what was said last; twenty steps are kept."""
        answer: DraftOut = self._send('POST', '/api/v1/bill-drafts/{draft_id}/undo', parts={'draft_id': draft_id})
        return answer

    def waive_cancel_fee(self, order_id: str) -> CancellationOut:
        """Give the fee for a cancelled order up; what was paid of it becomes an advance."""
        answer: CancellationOut = self._send('POST', '/api/v1/orders/{order_id}/cancellation/waive', parts={'order_id': order_id})
        return answer

    def withdraw_consent(self, body: ConsentIn) -> ConsentsOut:
        """Let a vendor, or every vendor that has no consent by name, see the caller's grade no longer."""
        answer: ConsentsOut = self._send('POST', '/api/v1/credit/consents/withdraw', body=body)
        return answer

    def write_off(self, body: WriteOffIn, *, idempotency_key: str | None = None) -> WriteOffOut:
        """Give up a debt: at once within what may be given up of it by one person, else it waits for a second one."""
        answer: WriteOffOut = self._send('POST', '/api/v1/credit/write-offs', body=body, key=idempotency_key, is_keyed=True)
        return answer

    def write_risk_rule(self, body: RuleIn) -> RuleOut:
        """Write the next version of a rule, as a draft."""
        answer: RuleOut = self._send('POST', '/api/v1/risk-control/rules', body=body)
        return answer
