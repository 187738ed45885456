-- Alerts: the one open item per citizen and problem. The alert itself is in body; the columns are
-- what the worklist is filtered and ordered by, as of the alert's version.
create table alert (
    id         uuid             primary key,
    citizen    integer          not null references citizen,
    problem    text             not null,
    -- 0 red, 1 yellow, 2 blue, 3 green.
    severity   smallint         not null check (severity between 0 and 3),
    state      text             not null,
    version    integer          not null check (version > 0),
    opened     timestamptz      not null,
    updated    timestamptz      not null,
    due        timestamptz      not null,
    trend      double precision not null,
    -- The principal who has claimed it.
    claimed_by text,
    -- When something about it runs out next.
    expires    timestamptz,
    closed     timestamptz      check ((closed is null) = (state <> 'closed')),
    body       text             not null
);
create unique index alert_open on alert (citizen, problem) where closed is null;
create index alert_last_closed on alert (citizen, problem, closed desc) where closed is not null;
create index alert_closed on alert (closed) where closed is not null;
create index alert_expires on alert (expires) where expires is not null;

-- What happened to alerts: who, what, when. Append-only. The columns say where each version stood
-- in the worklist, so that pages can show the list as of their first one.
create table alert_event (
    alert      uuid             not null references alert,
    version    integer          not null,
    at         timestamptz      not null,
    -- The principal; null = the machine.
    actor      text,
    verb       text             not null,
    severity   smallint         not null,
    state      text             not null,
    due        timestamptz      not null,
    trend      double precision not null,
    claimed_by text,
    body       text             not null,
    primary key (alert, version)
);

-- Findings that raised nothing, and why. One row for each rule, reason and evidence; the same one
-- again only counts up.
create table suppression (
    id          bigint      generated always as identity primary key,
    citizen     integer     not null references citizen,
    problem     text        not null,
    rule        text        not null,
    severity    smallint    not null,
    reason      text        not null,
    evidence_at timestamptz not null,
    -- Until when the reason holds, where time alone ends it.
    until       timestamptz,
    -- The open alert that it would have gone into, or the closed one that it was measured against.
    alert       uuid        references alert,
    first_at    timestamptz not null,
    last_at     timestamptz not null,
    times       integer     not null,
    unique (citizen, rule, reason, severity, evidence_at)
);
create index suppression_last on suppression (last_at);

-- On which local days rules have fired that must persist before they count.
create table triage_streak (
    citizen integer     not null references citizen,
    rule    text        not null,
    days    integer[]   not null,
    last_at timestamptz not null,
    primary key (citizen, rule)
);

-- The municipality's policy of triage, every version of it. The newest is in force.
create table triage_policy (
    version integer     primary key check (version > 0),
    body    text        not null,
    set_at  timestamptz not null,
    set_by  text        not null
);
