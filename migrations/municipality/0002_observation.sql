-- One row per reading. The primary key is the only index: it refuses a reading that is sent again,
-- it is the search path for citizen + code + time, and sealed it is the FHIR id.
create table observation (
    effective   timestamptz      not null,
    received    timestamptz      not null,
    -- In the measure's canonical unit; as sent where the measure is unknown; null where the
    -- reading has no single number.
    value       double precision,
    citizen     integer          not null,
    code        integer          not null,
    source      integer          not null,
    -- An unsigned number of four bytes, which is what oid is: the columnstore keeps a dictionary of
    -- them, where it would take seven bytes for each random integer.
    fingerprint oid              not null,
    shape       integer          not null,
    -- Seconds from the start to the end of the effective time; 0 for a moment, -1 for open.
    span        integer          not null,
    version     smallint         not null,
    -- Why the reading is never scored; 0 where it may be. See ingest::Quarantine.
    quarantine  smallint         not null,
    holes       bytea            not null,
    extra       bytea            not null,
    primary key (citizen, code, effective, source, fingerprint)
);

select create_hypertable(
    'observation', 'effective',
    chunk_time_interval    => interval '28 days',
    create_default_indexes => false,
    associated_schema_name => current_schema()
);

-- Earlier versions of readings that were corrected. Never updated.
create table observation_history (
    like observation,
    replaced timestamptz not null,
    primary key (citizen, code, effective, source, fingerprint, version)
);

-- Look-up by identifier, for readings that carry one. The number is a keyed hash of system and
-- value; a hit is compared with the reading itself.
create table observation_identifier (
    identifier  bigint      not null,
    effective   timestamptz not null,
    citizen     integer     not null,
    code        integer     not null,
    source      integer     not null,
    fingerprint integer     not null
);
create index observation_identifier_identifier on observation_identifier (identifier);

-- Citizen-days whose summaries are out of date; a citizen with one is due for screening.
-- Whoever works on a day deletes its row first and reads the day afterwards.
create table touched_day (
    citizen integer     not null,
    day     date        not null,
    since   timestamptz not null,
    primary key (citizen, day)
);
