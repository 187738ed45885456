-- Whether the other municipalities that agreed to the same may see this one's numbers beside theirs.
alter table region_agreement add column shared boolean not null default false;

-- What a region has put beside each other of municipalities that let each other see it: counts that
-- each of them has released, and nothing of any citizen.
create table region_comparison (
    id       text        primary key,
    region   text        not null check (region ~ '^[0-9]{4}$'),
    name     text        not null,
    -- A code of HL7 v3 PurposeOfUse, and the same in words.
    purpose  text        not null,
    reason   text        not null,
    given    timestamptz not null,
    given_by text        not null,
    -- The comparison as JSON.
    body     text        not null
);
create index region_comparison_given on region_comparison (given desc);
