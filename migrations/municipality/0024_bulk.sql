-- Bulk exports (FHIR Bulk Data Access): what was asked for, and as of when. What a file holds is read
-- anew each time it is fetched, so there is nothing of anybody in here.
create table export_job (
    id            text        primary key,
    -- Who asked; nobody else sees it.
    issuer        text        not null,
    subject       text        not null,
    role          text        not null,
    -- The transaction time: versions that stood then are exported.
    at            timestamptz not null,
    -- After this moment the export is gone.
    expires       timestamptz not null,
    -- The address that it was asked for by.
    request       text        not null,
    level         text        not null check (level in ('system', 'patient', 'group')),
    -- The Group and the version of it whose members are exported.
    group_id      text,
    group_version integer,
    -- Only what was received after this moment.
    since         timestamptz,
    types         text[]      not null,
    -- Searches, one of which a resource has to fit, as type?parameters.
    filters       text[]      not null,
    -- A transaction; what was being written at the transaction time is decided once it and all
    -- before it have ended.
    horizon       bigint,
    -- How far files have been laid out: the place of a type, and the last key in it.
    laid_type     integer     not null default 0,
    laid_key      text        not null default '',
    ready         boolean     not null default false
);
create index export_job_owner on export_job (issuer, subject);

-- The files of an export: each a range of keys of one type.
create table export_file (
    job    text    not null references export_job on delete cascade,
    number integer not null,
    type   text    not null,
    -- Behind this key, until this one. Citizens' numbers for readings, logical ids for others.
    after  text    not null,
    until  text    not null,
    primary key (job, number)
);
