-- What was agreed with each citizen: programmes, how often to measure, personal limits. Versions are
-- added and never changed, so that it can be told which limits were in force at any time.
create table plan (
    citizen    integer     not null references citizen,
    version    integer     not null check (version > 0),
    -- In force from then until the next version's.
    valid_from timestamptz not null,
    author     text        not null,
    source     text        not null check (source in ('api', 'fhir')),
    -- Logical id of the CarePlan that says the same; null where the plan has ended.
    care_plan  text,
    -- JSON.
    body       text        not null,
    primary key (citizen, version)
);
