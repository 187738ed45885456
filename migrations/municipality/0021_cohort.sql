-- What was told of cohorts: who asked, why, and for what.
create table cohort_release (
    id         bigint      generated always as identity primary key,
    at         timestamptz not null,
    actor      text        not null,
    -- A code of HL7 v3 PurposeOfUse, and the purpose in words.
    purpose    text        not null,
    reason     text        not null,
    -- What was known before this moment was looked at.
    as_of      timestamptz not null,
    -- The definition: its hash and its canonical form.
    definition text        not null,
    body       text        not null,
    engine     text        not null,
    -- The least number of citizens that a count was about.
    least      integer     not null
);

-- The sets of citizens whose sizes were told. What is told next is compared with them, so that nobody
-- can be singled out by the difference of two answers.
create table cohort_release_set (
    release  bigint    not null references cohort_release,
    place    integer   not null,
    citizens integer[] not null,
    primary key (release, place)
);
