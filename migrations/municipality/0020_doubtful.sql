-- Readings that cannot be right and wait for a human, and what was decided about them.

create table doubtful_reading (
    -- Pages of the inbox go by it.
    id          bigint      generated always as identity unique,
    citizen     integer     not null,
    code        integer     not null,
    effective   timestamptz not null,
    source      integer     not null,
    fingerprint oid         not null,
    -- Of the version that was doubted; see ingest::Quarantine.
    shape       integer     not null,
    reason      smallint    not null check (reason <> 0),
    since       timestamptz not null,
    -- null = it waits; changed = a newer version is not in doubt, or does not stand.
    decision    text        check (decision in ('accepted', 'rejected', 'fixed', 'changed')),
    decided     timestamptz check ((decided is null) = (decision is null)),
    decided_by  text,
    why         text,
    primary key (citizen, code, effective, source, fingerprint)
);
create index doubtful_reading_waiting on doubtful_reading (id) where decision is null;

-- Readings are written in several places; here none of them can forget. Reason 5 is a status that
-- the sender has given (preliminary, cancelled, entered in error): nobody is asked about it.
create function note_doubtful_reading() returns trigger
language plpgsql set search_path from current as $$
begin
    if tg_op = 'DELETE' then
        delete from doubtful_reading d
        where d.citizen = old.citizen and d.code = old.code and d.effective = old.effective
          and d.source = old.source and d.fingerprint = old.fingerprint;
    elsif new.quarantine in (0, 5) then
        update doubtful_reading d set decision = 'changed', decided = new.received
        where d.citizen = new.citizen and d.code = new.code and d.effective = new.effective
          and d.source = new.source and d.fingerprint = new.fingerprint and d.decision is null;
    else
        insert into doubtful_reading
               (citizen, code, effective, source, fingerprint, shape, reason, since)
        values (new.citizen, new.code, new.effective, new.source, new.fingerprint, new.shape,
                new.quarantine, new.received)
        on conflict (citizen, code, effective, source, fingerprint) do update
        set shape = excluded.shape, reason = excluded.reason, since = excluded.since,
            decision = null, decided = null, decided_by = null, why = null;
    end if;
    return null;
end
$$;

create trigger doubtful_reading_stored after insert on observation
for each row when (new.quarantine not in (0, 5)) execute function note_doubtful_reading();

-- A version of its own, or sealed anew: the same doubt says nothing new then.
create trigger doubtful_reading_changed after update on observation
for each row when (old.version <> new.version and (old.quarantine <> 0 or new.quarantine <> 0))
execute function note_doubtful_reading();

create trigger doubtful_reading_gone after delete on observation
for each row when (old.quarantine <> 0) execute function note_doubtful_reading();

insert into doubtful_reading (citizen, code, effective, source, fingerprint, shape, reason, since)
select citizen, code, effective, source, fingerprint, shape, quarantine, received
from observation where quarantine not in (0, 5)
order by received, citizen, code, effective, source, fingerprint;

-- What came in of late, by hour and device: readings are stored in the order of their receipt, so
-- that some hundred bytes a chunk tell where to look.
create index observation_received on observation using brin (received) with (autosummarize = on);

-- What rules have found of late, likewise: findings are only ever added.
create index finding_as_of on finding using brin (as_of) with (autosummarize = on);
