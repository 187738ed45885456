-- Teams of nurses, who sees whom, and what citizens consent to.

-- A team looks after citizens. Team 1 looks after those whom nobody assigned.
create table team (
    id       integer generated always as identity primary key,
    code     text not null unique check (code ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    name     text not null check (name <> ''),
    -- The part of the municipality, as people call it; empty = all of it.
    district text not null default ''
);
insert into team (code, name) values ('default', 'Hele kommunen');

alter table citizen add column team integer not null default 1 references team;
create index citizen_team on citizen (team);

-- Who works in which team, where tokens do not say.
create table team_member (
    team    integer     not null references team,
    issuer  text        not null,
    subject text        not null,
    since   timestamptz not null,
    set_by  text        not null,
    primary key (issuer, subject, team)
);

-- Access to one citizen beyond the caller's teams, for some minutes, with a reason.
create table break_glass (
    id      text        primary key check (id <> ''),
    citizen integer     not null references citizen,
    issuer  text        not null,
    subject text        not null,
    role    text        not null,
    reason  text        not null,
    begun   timestamptz not null,
    expires timestamptz not null,
    check (expires > begun and expires <= begun + interval '1 hour')
);
create index break_glass_subject on break_glass (issuer, subject, expires);
create index break_glass_begun on break_glass (begun, id);
create index break_glass_citizen on break_glass (citizen);

-- What the citizen's Consents in force say, one row a provision; made anew whenever one of them
-- changes.
create table consent_rule (
    citizen  integer     not null references citizen,
    -- The Consent.
    consent  text        not null,
    -- A category of data, or '*'.
    category text        not null,
    permit   boolean     not null,
    -- The relative it is about; null = everybody.
    actor    text,
    -- The purpose it is about; null = all.
    purpose  text,
    begins   timestamptz not null,
    ends     timestamptz not null
);
create index consent_rule_citizen on consent_rule (citizen);
