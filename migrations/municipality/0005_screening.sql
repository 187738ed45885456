-- What screening makes of readings, and who is working on it.

-- The oldest mark first, and marks of no day (see store::screenings) apart from those of readings.
create index touched_day_since on touched_day (since) where day > date '0001-01-01';
create index touched_day_bulk on touched_day (since) where day = date '0001-01-01';

-- All signals of a citizen on a local day in a few numbers; store::summaries::pack says how. A
-- pure function of the readings: the version counts how often it came out differently.
create table daily_summary (
    citizen  integer     not null,
    day      date        not null,
    version  integer     not null,
    computed timestamptz not null,
    body     bytea       not null,
    primary key (citizen, day)
);
-- Short, and packed already.
alter table daily_summary alter column body set storage external;

-- Who is being screened, or failed to be, and the days whose marks were taken for it.
create table screening_lease (
    citizen  integer     primary key,
    days     date[]      not null,
    since    timestamptz not null,
    token    uuid        not null,
    -- Whoever holds it has to be done by then; another server takes it over.
    expires  timestamptz not null,
    attempts smallint    not null
);
create index screening_lease_expires on screening_lease (expires);

-- The newest screening of each citizen by the active rule pack.
create table screened (
    citizen      integer     primary key,
    as_of        timestamptz not null,
    -- When the passing of time alone may change the result.
    next         timestamptz,
    pack         text        not null,
    plan_version integer     not null,
    engine       text        not null,
    body         text        not null
);
create index screened_next on screened (next) where next is not null;

create table rule_pack (
    hash    text        primary key,
    name    text        not null,
    version text        not null,
    mode    text        not null check (mode in ('active', 'shadow', 'retired')),
    body    text        not null,
    loaded  timestamptz not null
);
create unique index rule_pack_active on rule_pack (mode) where mode = 'active';

-- Rules that fired; appended when a verdict is new or rests on something else than the one before.
create table finding (
    id           bigint generated always as identity primary key,
    citizen      integer     not null,
    rule         text        not null,
    problem      text        not null,
    pack         text        not null,
    shadow       boolean     not null,
    -- 1 blue, 2 yellow, 3 red.
    level        smallint    not null check (level between 1 and 3),
    as_of        timestamptz not null,
    evidence_at  timestamptz,
    plan_version integer     not null,
    engine       text        not null,
    -- Of outcome, time of the evidence and inputs: tells whether anything has changed.
    digest       bigint      not null,
    body         text        not null,
    unique (citizen, pack, rule, as_of)
);

-- Nightly rounds, so that one server of several does each.
create table screening_round (
    day   date        primary key,
    begun timestamptz not null
);
