-- Definitions of cohorts that somebody has saved, and runs of cohorts as jobs.

-- A definition in all its versions; the newest is the one in force.
create table cohort_definition (
    name     text        not null check (name ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    revision integer     not null check (revision > 0),
    -- JSON, with its description.
    body     text        not null,
    hash     text        not null,
    saved    timestamptz not null,
    saved_by text        not null,
    primary key (name, revision)
);

-- Who asked for what, and how far it is. A run that somebody works on has a lease; when that runs
-- out, because the server is gone, whoever comes next begins it again.
create table cohort_run (
    id         text        primary key check (id <> ''),
    asked      timestamptz not null,
    issuer     text        not null,
    subject    text        not null,
    role       text        not null,
    client     text,
    request    text        not null,
    -- A code of HL7 v3 PurposeOfUse, and the purpose in words.
    purpose    text        not null,
    reason     text        not null,
    -- What was known at the beginning of this local day is looked at.
    as_of      date        not null,
    definition text        not null,
    body       text        not null,
    least      integer     not null check (least >= 5),
    state      text        not null default 'waiting'
               check (state in ('waiting', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    began      timestamptz,
    ended      timestamptz check ((ended is null) = (state in ('waiting', 'running'))),
    -- Citizens read, of so many.
    seen       bigint      not null default 0,
    citizens   bigint      not null default 0,
    -- How often it was begun.
    attempts   integer     not null default 0,
    token      text,
    lease      timestamptz check ((lease is null) = (state <> 'running')),
    -- Why there is no result.
    problem    text,
    -- What was told: JSON, and its rows as Arrow IPC file. Gone after a while; the release stays.
    result     text,
    rows       bytea,
    check ((result is null) = (rows is null))
);
create index cohort_run_open on cohort_run (asked) where state in ('waiting', 'running');
create index cohort_run_mine on cohort_run (issuer, subject, asked desc, id desc);
create index cohort_run_kept on cohort_run (ended) where rows is not null;
