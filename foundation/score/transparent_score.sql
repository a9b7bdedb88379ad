{#
   The transparent score, 300 to 900, as one SELECT: the only definition there is (docs/score.md explains it).

   dbt runs it in batch (macro `transparent_score`, over the raw tables of the warehouse); commerce renders this
   very file with jinja2 (`foundation.score.render`) over its own tables, for one retailer, on demand. So it uses
   nothing of dbt's, takes the names of its tables as arguments, and keeps to SQL that Postgres and Spark share but
   for the four helpers at the end.

   tables        how to name a table: a mapping from `allocations bill_cancellations bill_tenders businesses
                 credit_agreements credit_limits deliveries disputed_items disputes invoices khata_entries payments
                 receivable_items` to what stands in FROM
   as_of         the day to score, as an SQL expression of type date
   retailer_id   an SQL expression, or none for every retailer
   dialect       `postgres` or `spark`

   Change the text, and `transparent_score_version` changes with it: a test holds the two together.
#}
{% macro transparent_score_version() -%}
transparent-1.5.0
{%- endmacro %}

{% macro transparent_score(tables, as_of, retailer_id=none, dialect='postgres') -%}
{%- set window_days = 365 -%}
{%- set volume_days = 90 -%}
{%- set full_order_days = 26 -%}
{%- set full_age_days = 730 -%}
{%- set matured_items_min = 3 -%}
{%- set account_days_min = 60 -%}
{%- set own_window_days = 90 -%}
{%- set own_half_days = 45 -%}
{%- set own_days_min = 60 -%}
{%- set own_bill_days_min = 26 -%}
{%- set own_newer_bill_days_min = 13 -%}
with sellers as (

    select
        id,
        time_zone,
        {{ score_end_of_day(as_of, 'time_zone', dialect) }} as known_before
    from {{ tables.businesses }}
    where is_vendor

), retailers as (

    select
        retailers.id as retailer_id,
        retailers.currency,
        {{ score_end_of_day(as_of, 'retailers.time_zone', dialect) }} as known_before
    from {{ tables.businesses }} as retailers
    where
        retailers.is_retailer
        and retailers.joined_at < {{ score_end_of_day(as_of, 'retailers.time_zone', dialect) }}
        {%- if retailer_id is not none %}
        and retailers.id = {{ retailer_id }}
        {%- endif %}

), agreements as (

    select
        agreements.id,
        agreements.retailer_id,
        agreements.currency,
        agreements.receivable_account_id,
        {{ score_business_date('agreements.agreed_at', 'sellers.time_zone', dialect) }} as agreed_on,
        sellers.known_before
    from {{ tables.credit_agreements }} as agreements
    inner join retailers
        on agreements.retailer_id = retailers.retailer_id
    inner join sellers
        on agreements.vendor_id = sellers.id
    where agreements.agreed_at < sellers.known_before

), items as (

    select
        items.id,
        items.account_id,
        items.kind,
        items.amount_paisa,
        items.source_id,
        items.document_date,
        items.due_date,
        items.is_assumed,
        agreements.retailer_id,
        agreements.currency,
        agreements.known_before
    from {{ tables.receivable_items }} as items
    inner join agreements
        on items.account_id = agreements.receivable_account_id
    where items.recorded_at < agreements.known_before and items.document_date <= {{ as_of }}

), settled as (

    -- A settlement that was undone since is no settlement: it and what undid it both fall out.
    select
        allocations.debit_item_id,
        allocations.amount_paisa,
        allocations.recorded_at,
        credits.kind as credit_kind,
        credits.source_id,
        credits.is_assumed,
        greatest(allocations.effective_date, credits.document_date) as settled_on
    from {{ tables.allocations }} as allocations
    inner join items as credits
        on allocations.credit_item_id = credits.id
    where
        allocations.recorded_at < credits.known_before
        and allocations.effective_date <= {{ as_of }}
        and allocations.amount_paisa > 0
        and not exists (
            select 1
            from {{ tables.allocations }} as reversals
            where
                reversals.credit_item_id = allocations.credit_item_id
                and reversals.reverses_id = allocations.id
                and reversals.recorded_at < credits.known_before
                and reversals.effective_date <= {{ as_of }}
        )

), settlements as (

    select
        debit_item_id,
        sum(amount_paisa) as settled_paisa,
        sum(case when credit_kind = 'credit_note' then amount_paisa else 0 end) as returned_paisa,
        max(case when credit_kind = 'write_off' then 1 else 0 end) as is_written_off,
        max(case when is_assumed then 1 else 0 end) as is_assumed,
        -- What the seller owed the buyer itself (a fee given up, a credit for an order it called off) pays as money does.
        max(case when credit_kind <> 'credit_note' then settled_on end) as last_paid_on
    from settled
    group by debit_item_id

), marks as (

    select
        marks.item_id,
        marks.dispute_id,
        marks.amount_paisa,
        disputes.opened_at,
        disputes.credit_note_id,
        disputes.settled_at is null or disputes.settled_at >= items.known_before as is_open
    from {{ tables.disputed_items }} as marks
    inner join {{ tables.disputes }} as disputes
        on marks.dispute_id = disputes.id
    inner join items
        on marks.item_id = items.id
    where disputes.opened_at < items.known_before

), given_back as (

    -- By credit notes since a dispute that lasts: that is settled, and must not be left out a second time. A note that
    -- has settled a dispute counts for no other.
    select
        marks.item_id,
        marks.dispute_id,
        sum(settled.amount_paisa) as credited_paisa
    from marks
    inner join settled
        on marks.item_id = settled.debit_item_id and marks.opened_at <= settled.recorded_at
    left join marks as ended
        on
            settled.debit_item_id = ended.item_id
            and settled.source_id = ended.credit_note_id
            and not ended.is_open
    where marks.is_open and settled.credit_kind = 'credit_note' and ended.item_id is null
    group by marks.item_id, marks.dispute_id

), marks_since as (

    select
        marks.item_id,
        coalesce(given_back.credited_paisa, 0) as credited_paisa,
        sum(marks.amount_paisa) over (
            partition by marks.item_id order by marks.opened_at desc, marks.dispute_id desc
        ) as since_paisa
    from marks
    left join given_back
        on marks.item_id = given_back.item_id and marks.dispute_id = given_back.dispute_id
    where marks.is_open

), disputed as (

    -- As long as a dispute lasts, what it marks is late for nobody. Credit notes lessen the oldest disputes first.
    select
        item_id,
        greatest(max(since_paisa - credited_paisa), 0) as disputed_paisa
    from marks_since
    group by item_id

), matured as (

    -- Goods given on credit whose due day has passed within the window, or is past and they are unpaid still: who
    -- stopped paying, and with it buying, must not come out as one without a history. What was due at once, brought
    -- in as an opening balance, taken back whole, or settled by assumption proves nothing. A payment that bounced is
    -- undone by reversals: the purchase it had settled is open again and counts, the bounce itself does not.
    select
        items.id,
        items.retailer_id,
        case
            when coalesce(settlements.is_written_off, 0) = 1 then 9999
            when settlements.settled_paisa >= items.amount_paisa
                then {{ score_days_between('items.due_date', 'settlements.last_paid_on', dialect) }}
            else {{ score_days_between('items.due_date', as_of, dialect) }}
        end as days_late
    from items
    left join settlements
        on items.id = settlements.debit_item_id
    left join disputed
        on items.id = disputed.item_id
    where
        items.kind = 'charge'
        and items.due_date > items.document_date
        and items.due_date < {{ as_of }}
        and (
            items.due_date >= {{ score_days_before(as_of, window_days, dialect) }}
            or coalesce(settlements.settled_paisa, 0) < items.amount_paisa
        )
        and not items.is_assumed
        and coalesce(settlements.is_assumed, 0) = 0
        and coalesce(settlements.returned_paisa, 0) < items.amount_paisa
        -- Nothing is open of it but what is disputed: whether it is late is what they do not agree on.
        and not (
            coalesce(settlements.settled_paisa, 0) < items.amount_paisa
            and coalesce(settlements.settled_paisa, 0) + coalesce(disputed.disputed_paisa, 0) >= items.amount_paisa
        )

), payment_history as (

    select
        retailer_id,
        count(*) as matured_items,
        sum(case when days_late > 0 then 1 else 0 end) as late_items,
        max(case when days_late < 0 then 0 when days_late > 999 then 999 else days_late end) as worst_days_late,
        -- Points per item, 100 for on time; the average in ten-thousandths.
        floor(
            sum(
                case
                    when days_late <= 0 then 100
                    when days_late <= 7 then 80
                    when days_late <= 15 then 60
                    when days_late <= 30 then 40
                    when days_late <= 60 then 15
                    else 0
                end
            ) * 100 / cast(count(*) as decimal(20, 0))
        ) as points
    from matured
    group by retailer_id

), bounces as (

    select
        agreements.retailer_id,
        count(*) as bounced_payments
    from {{ tables.payments }} as payments
    inner join agreements
        on payments.agreement_id = agreements.id
    where
        -- A payment that was recorded by mistake and taken back says nothing of the retailer.
        payments.reversal_reason = 'bounced'
        and not payments.is_assumed
        and payments.recorded_at < agreements.known_before
        and payments.paid_on <= {{ as_of }}
        and payments.paid_on >= {{ score_days_before(as_of, window_days, dialect) }}
    group by agreements.retailer_id

), balances as (

    select
        account_id,
        sum(case when is_assumed then 0 else amount_paisa end) as owed_paisa
    from items
    group by account_id

), limits_in_order as (

    select
        limits.agreement_id,
        limits.limit_paisa,
        row_number() over (
            partition by limits.agreement_id order by limits.valid_from desc, limits.recorded_at desc, limits.id desc
        ) as recency
    from {{ tables.credit_limits }} as limits
    inner join agreements
        on limits.agreement_id = agreements.id
    where limits.valid_from < agreements.known_before and limits.recorded_at < agreements.known_before

), debt_by_currency as (

    -- A credit balance with one seller does not lessen what is owed to another.
    select
        agreements.retailer_id,
        agreements.currency,
        sum(case when balances.owed_paisa > 0 then balances.owed_paisa else 0 end) as owed_paisa,
        sum(coalesce(limits_in_order.limit_paisa, 0)) as limit_paisa
    from agreements
    left join balances
        on agreements.receivable_account_id = balances.account_id
    left join limits_in_order
        on agreements.id = limits_in_order.agreement_id and limits_in_order.recency = 1
    group by agreements.retailer_id, agreements.currency

), debt_ratios as (

    -- In ten-thousandths, at most one; of several currencies the worst counts, for they cannot be added.
    select
        retailer_id,
        max(
            case
                when owed_paisa = 0 then 0
                when owed_paisa >= limit_paisa then 10000
                else floor(owed_paisa * 10000 / cast(limit_paisa as decimal(20, 0)))
            end
        ) as debt_ratio
    from debt_by_currency
    group by retailer_id

), volumes as (

    select
        deliveries.retailer_id,
        count(distinct deliveries.document_date) as order_days
    from {{ tables.deliveries }} as deliveries
    inner join retailers
        on deliveries.retailer_id = retailers.retailer_id
    inner join sellers
        on deliveries.vendor_id = sellers.id
    where
        deliveries.kind = 'delivery'
        and deliveries.recorded_at < sellers.known_before
        and deliveries.document_date <= {{ as_of }}
        and deliveries.document_date > {{ score_days_before(as_of, volume_days, dialect) }}
    group by deliveries.retailer_id

), ages as (

    select
        retailer_id,
        {{ score_days_between('min(agreed_on)', as_of, dialect) }} as account_days
    from agreements
    group by retailer_id

), own_papers as (

    -- What the shop sold to people by its own bills, in its own currency. A note and a cancellation take away, each on
    -- its own day.
    select
        retailers.retailer_id,
        invoices.document_date as paper_date,
        case when invoices.kind = 'credit_note' then 0 else 1 end as is_bill,
        case when invoices.kind = 'credit_note' then -1 else 1 end
        * (invoices.total_paisa + invoices.round_off_paisa) as sold_paisa
    from {{ tables.invoices }} as invoices
    inner join retailers
        on invoices.vendor_id = retailers.retailer_id and invoices.currency = retailers.currency
    where
        invoices.order_id is null
        and invoices.issued_at < retailers.known_before
        and invoices.document_date <= {{ as_of }}
        and invoices.document_date > {{ score_days_before(as_of, own_window_days, dialect) }}
    union all
    select
        retailers.retailer_id,
        cancelled.cancelled_on as paper_date,
        0 as is_bill,
        case when invoices.kind = 'credit_note' then 1 else -1 end
        * (invoices.total_paisa + invoices.round_off_paisa) as sold_paisa
    from {{ tables.bill_cancellations }} as cancelled
    inner join {{ tables.invoices }} as invoices
        on cancelled.invoice_id = invoices.id
    inner join retailers
        on invoices.vendor_id = retailers.retailer_id and invoices.currency = retailers.currency
    where
        cancelled.cancelled_at < retailers.known_before
        and cancelled.cancelled_on <= {{ as_of }}
        and cancelled.cancelled_on > {{ score_days_before(as_of, own_window_days, dialect) }}

), own_sales as (

    select
        retailer_id,
        {{ score_days_between('min(case when is_bill = 1 then paper_date end)', as_of, dialect) }} as bill_span,
        count(distinct case when is_bill = 1 then paper_date end) as bill_days,
        count(
            distinct case
                when is_bill = 1 and paper_date > {{ score_days_before(as_of, own_half_days, dialect) }} then paper_date
            end
        ) as newer_bill_days,
        sum(sold_paisa) as sold_paisa,
        sum(
            case
                when paper_date > {{ score_days_before(as_of, own_half_days, dialect) }} then sold_paisa
                else 0
            end
        ) as newer_paisa,
        sum(
            case
                when paper_date > {{ score_days_before(as_of, own_half_days, dialect) }} then 0
                else sold_paisa
            end
        ) as older_paisa
    from own_papers
    group by retailer_id

), own_moneys as (

    select
        retailers.retailer_id,
        tenders.amount_paisa
    from {{ tables.bill_tenders }} as tenders
    inner join retailers
        on tenders.business_id = retailers.retailer_id and tenders.currency = retailers.currency
    where
        tenders.recorded_at < retailers.known_before
        and tenders.taken_on <= {{ as_of }}
        and tenders.taken_on > {{ score_days_before(as_of, own_window_days, dialect) }}
    union all
    -- Payments on khatas and what undoes one; only they bear the way in which money went.
    select
        retailers.retailer_id,
        -entries.amount_paisa as amount_paisa
    from {{ tables.khata_entries }} as entries
    inner join retailers
        on entries.business_id = retailers.retailer_id and entries.currency = retailers.currency
    where
        entries.mode is not null
        and entries.recorded_at < retailers.known_before
        and entries.entered_on <= {{ as_of }}
        and entries.entered_on > {{ score_days_before(as_of, own_window_days, dialect) }}

), own_money as (

    select
        retailer_id,
        sum(amount_paisa) as taken_paisa
    from own_moneys
    group by retailer_id

), own_ratios as (

    -- In ten-thousandths, at most one, and only where there is enough to tell: else the part does not count. The older
    -- half may have begun before the first bill; it is compared by the days that it has.
    select
        own_sales.retailer_id,
        own_sales.bill_days,
        case
            when own_sales.newer_paisa <= 0 then 0
            when
                own_sales.newer_paisa * (own_sales.bill_span - {{ own_half_days - 1 }})
                >= own_sales.older_paisa * {{ own_half_days }}
                then 10000
            else
                floor(
                    own_sales.newer_paisa * (own_sales.bill_span - {{ own_half_days - 1 }}) * 10000
                    / cast(own_sales.older_paisa * {{ own_half_days }} as decimal(30, 0))
                )
        end as sales_ratio,
        case
            when coalesce(own_money.taken_paisa, 0) <= 0 then 0
            when own_money.taken_paisa >= own_sales.sold_paisa then 10000
            else floor(own_money.taken_paisa * 10000 / cast(own_sales.sold_paisa as decimal(20, 0)))
        end as money_ratio
    from own_sales
    left join own_money
        on own_sales.retailer_id = own_money.retailer_id
    where
        own_sales.bill_span >= {{ own_days_min }}
        and own_sales.bill_days >= {{ own_bill_days_min }}
        and own_sales.newer_bill_days >= {{ own_newer_bill_days_min }}
        and own_sales.sold_paisa > 0

), facts as (

    select
        retailers.retailer_id,
        own_ratios.bill_days as own_bill_days,
        own_ratios.sales_ratio as own_sales_ratio,
        own_ratios.money_ratio as own_money_ratio,
        -- Half for sales that do not fall: full points from 80 % on, for seasons come and go, none at 30 %. Half for
        -- money: full points where 90 % of what was sold came in, none at 40 %.
        case
            when own_ratios.retailer_id is not null
                then least(greatest(own_ratios.sales_ratio - 3000, 0), 5000)
                    + least(greatest(own_ratios.money_ratio - 4000, 0), 5000)
        end as own_points,
        coalesce(payment_history.matured_items, 0) as matured_items,
        coalesce(payment_history.late_items, 0) as late_items,
        coalesce(payment_history.worst_days_late, 0) as worst_days_late,
        coalesce(bounces.bounced_payments, 0) as bounced_payments,
        coalesce(debt_ratios.debt_ratio, 0) as debt_ratio,
        coalesce(volumes.order_days, 0) as order_days,
        coalesce(ages.account_days, 0) as account_days,
        coalesce(payment_history.points, 0) as payment_points,
        -- Full points up to 30 % of the limit, none at the whole of it.
        case
            when coalesce(debt_ratios.debt_ratio, 0) <= 3000 then 10000
            else floor((10000 - debt_ratios.debt_ratio) * 10000 / cast(7000 as decimal(20, 0)))
        end as debt_points,
        floor(
            least(coalesce(volumes.order_days, 0), {{ full_order_days }}) * 10000
            / cast({{ full_order_days }} as decimal(20, 0))
        ) as volume_points,
        floor(
            least(coalesce(ages.account_days, 0), {{ full_age_days }}) * 10000
            / cast({{ full_age_days }} as decimal(20, 0))
        ) as age_points
    from retailers
    left join payment_history
        on retailers.retailer_id = payment_history.retailer_id
    left join bounces
        on retailers.retailer_id = bounces.retailer_id
    left join debt_ratios
        on retailers.retailer_id = debt_ratios.retailer_id
    left join volumes
        on retailers.retailer_id = volumes.retailer_id
    left join ages
        on retailers.retailer_id = ages.retailer_id
    left join own_ratios
        on retailers.retailer_id = own_ratios.retailer_id

), weighed as (

    select
        *,
        matured_items < {{ matured_items_min }} or account_days < {{ account_days_min }} as is_thin_file,
        300 + floor(
            case
                when own_points is null
                    then (40 * payment_points + 30 * debt_points + 20 * volume_points + 10 * age_points) * 600
                else
                    (36 * payment_points + 27 * debt_points + 18 * volume_points + 9 * age_points + 10 * own_points) * 600
            end
            / cast(1000000 as decimal(20, 0))
        ) as points
    from facts

), scored as (

    select
        retailer_id,
        {{ as_of }} as as_of_date,
        cast('{{ transparent_score_version() }}' as varchar(60)) as score_version,
        case when is_thin_file then null else cast(points as integer) end as score,
        cast(
            case
                when is_thin_file then 'NH'
                when points >= 750 then 'A'
                when points >= 650 then 'B'
                when points >= 550 then 'C'
                when points >= 450 then 'D'
                else 'E'
            end as varchar(2)
        ) as grade,
        cast(payment_points as integer) as payment_points,
        cast(debt_points as integer) as debt_points,
        cast(volume_points as integer) as volume_points,
        cast(age_points as integer) as age_points,
        cast(own_points as integer) as own_points,
        cast(matured_items as integer) as matured_items,
        cast(late_items as integer) as late_items,
        cast(worst_days_late as integer) as worst_days_late,
        cast(bounced_payments as integer) as bounced_payments,
        cast(debt_ratio as integer) as debt_ratio,
        cast(order_days as integer) as order_days,
        cast(account_days as integer) as account_days,
        cast(own_bill_days as integer) as own_bill_days,
        cast(own_sales_ratio as integer) as own_sales_ratio,
        cast(own_money_ratio as integer) as own_money_ratio,
        -- Codes in the order of what they can cost; foundation.score.explain puts them into words.
        cast(
            concat_ws(
                ' ',
                case when matured_items < {{ matured_items_min }} then 'few-matured-items' end,
                case when account_days < {{ account_days_min }} then 'new-account' end,
                case when worst_days_late > 60 then 'seriously-late' end,
                case when bounced_payments > 0 then 'bounced-payments' end,
                case when late_items > 0 then 'late-payments' end,
                case when matured_items > 0 and late_items = 0 then 'always-on-time' end,
                case when debt_ratio >= 10000 then 'limit-used-up' end,
                case when debt_ratio > 3000 and debt_ratio < 10000 then 'high-debt-ratio' end,
                case when order_days = 0 then 'no-recent-orders' end,
                case when order_days > 0 and order_days < {{ full_order_days }} then 'few-recent-orders' end,
                case
                    when account_days >= {{ account_days_min }} and account_days < {{ full_age_days }}
                        then 'young-account'
                end,
                case when own_sales_ratio < 8000 then 'own-sales-fell' end,
                case when own_money_ratio < 9000 then 'own-sales-unpaid' end,
                case when own_points = 10000 then 'own-sales-steady' end
            ) as varchar(200)
        ) as reason_codes
    from weighed

)

select * from scored
{%- endmacro %}

{# What Postgres and Spark say differently. #}
{% macro score_business_date(moment, time_zone, dialect) -%}
{%- if dialect == 'spark' -%} to_date(from_utc_timestamp({{ moment }}, {{ time_zone }}))
{%- else -%} cast({{ moment }} at time zone {{ time_zone }} as date)
{%- endif -%}
{%- endmacro %}

{% macro score_end_of_day(day, time_zone, dialect) -%}
{%- if dialect == 'spark' -%} to_utc_timestamp(cast(date_add({{ day }}, 1) as timestamp), {{ time_zone }})
{%- else -%} (cast({{ day }} + 1 as timestamp) at time zone {{ time_zone }})
{%- endif -%}
{%- endmacro %}

{% macro score_days_between(earlier, later, dialect) -%}
{%- if dialect == 'spark' -%} datediff({{ later }}, {{ earlier }})
{%- else -%} ({{ later }} - {{ earlier }})
{%- endif -%}
{%- endmacro %}

{% macro score_days_before(day, days, dialect) -%}
{%- if dialect == 'spark' -%} date_sub({{ day }}, {{ days }})
{%- else -%} ({{ day }} - {{ days }})
{%- endif -%}
{%- endmacro %}
