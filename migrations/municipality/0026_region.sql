-- What the municipality has agreed to: that analysts of a region may ask for cohorts of its citizens,
-- what for, until when, and about how many citizens a count has to be that they are told.
create table region_agreement (
    id           bigint      generated always as identity primary key,
    region       text        not null check (region ~ '^[0-9]{4}$'),
    -- Codes of HL7 v3 PurposeOfUse.
    purposes     text[]      not null check (cardinality(purposes) > 0),
    minimum_cell integer     not null check (minimum_cell >= 5),
    -- The last local day on which it holds.
    until        date        not null,
    agreed       timestamptz not null,
    agreed_by    text        not null,
    -- When it was ended, or another one took its place.
    ended        timestamptz,
    ended_by     text,
    check ((ended is null) = (ended_by is null))
);
create unique index region_agreement_one on region_agreement (region) where ended is null;

-- The region that was told; none where somebody of the municipality itself was.
alter table cohort_release add column region text;
