-- The rights of citizens over their data, and how long the municipality keeps what.

-- Stored but not processed (GDPR article 18). A restricted citizen is also leased to nobody in
-- screening_lease, so that nobody screens.
create table citizen_restriction (
    citizen integer     primary key references citizen,
    reason  text        not null,
    since   timestamptz not null,
    set_by  text        not null
);

-- Nothing of these citizens may be erased.
create table legal_hold (
    citizen integer     primary key references citizen,
    reason  text        not null,
    since   timestamptz not null,
    set_by  text        not null
);

-- Erasures. While one is under way it knows whom it is about; what stays afterwards does not.
create table erasure (
    id         uuid        primary key,
    citizen    integer     unique,
    logical_id text        unique,
    reason     text        not null,
    set_by     text        not null,
    begun      timestamptz not null,
    finished   timestamptz,
    -- Rows erased, by table.
    counts     jsonb       not null default '{}',
    check ((finished is null) = (citizen is not null)),
    check ((finished is null) = (logical_id is not null))
);

-- How long what is kept. The newest version is in force; without any nothing is deleted.
create table retention_policy (
    version integer     primary key check (version > 0),
    body    text        not null,
    set_at  timestamptz not null,
    set_by  text        not null
);

-- What was deleted because it had been kept for long enough.
create table retention_run (
    id       bigint      generated always as identity primary key,
    at       timestamptz not null,
    category text        not null,
    -- What was older was deleted.
    cutoff   timestamptz not null,
    set_by   text        not null,
    -- Rows deleted, by table.
    counts   jsonb       not null
);

-- Nights on which the policy was carried out, so that one server of several does it.
create table retention_night (
    day   date        primary key,
    begun timestamptz not null
);

-- Readings from before then may be gone, so that days before it are not summarised anew.
create table retention_horizon (
    one             boolean     primary key default true check (one),
    readings_before timestamptz not null
);

-- By citizen for erasing, by time for retention. Only readings with an identifier pay for them.
create index observation_identifier_citizen on observation_identifier (citizen, effective);
create index observation_identifier_effective on observation_identifier using brin (effective);
