-- Grain: one row per business that had joined by the as-of day. Names are resolved through the API, not here.
with profiles as (

    select
        profiles.business_id,
        profiles.profile,
        row_number() over (
            partition by profiles.business_id
            order by profiles.valid_from desc, profiles.recorded_at desc, profiles.tax_profile_id desc
        ) as recency
    from {{ ref('stg_app__tax_profiles') }} as profiles
    inner join {{ ref('int_businesses_known') }} as businesses
        on profiles.business_id = businesses.business_id
    where profiles.recorded_at < businesses.known_before and profiles.valid_from <= {{ as_of() }}

), businesses as (

    select
        businesses.business_id,
        businesses.is_vendor,
        businesses.is_retailer,
        businesses.keeps_books,
        businesses.is_walk_in,
        businesses.country,
        businesses.state,
        businesses.zone,
        businesses.currency,
        businesses.time_zone,
        businesses.origin,
        profiles.profile as tax_profile,
        businesses.joined_date
    from {{ ref('int_businesses_known') }} as businesses
    left join profiles
        on businesses.business_id = profiles.business_id and profiles.recency = 1

)

select * from businesses
