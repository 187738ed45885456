-- What ends, or begins, by itself or before its time: accesses beyond teams, and what Consents say.

-- Somebody has ended it before its time.
alter table break_glass
    add column ended    timestamptz,
    add column ended_by text,
    add constraint break_glass_ended check ((ended is null) = (ended_by is null));

-- Since when the rule has been known. What was screened before does not keep to it.
alter table consent_rule add column since timestamptz not null default now();

-- When a provision of a Consent begins or ends by its own period: from then on the citizen's days say
-- something else, and are due to be summarised anew. A row goes when that has been seen to.
create table consent_turn (
    citizen integer     not null references citizen,
    at      timestamptz not null,
    primary key (citizen, at)
);
create index consent_turn_at on consent_turn (at);
-- Also those that lie behind: nobody has seen to them.
insert into consent_turn (citizen, at)
select distinct r.citizen, v.at
from consent_rule r cross join lateral (values (r.begins), (r.ends)) as v (at)
where v.at > timestamptz '1970-01-01' and v.at < timestamptz '9999-12-31';

-- Patients that were stored before labels of protection were among their search values. Nobody is
-- found by name who is in here; a job looks at each and takes it out.
create table patient_unlabelled (
    id text primary key
);
insert into patient_unlabelled (id) select id from resource where type = 'Patient';
