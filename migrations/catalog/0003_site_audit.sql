-- What belongs to no municipality: refused requests, and what operators do to the installation. The
-- same chain as each municipality's (its 0010_audit.sql), in the installation's own schema. Whom the
-- entries are about is always nobody; the column is there so that one code reads both.
create table audit_block (
    seq      bigint      primary key check (seq > 0),
    -- Never earlier than that of the block before.
    written  timestamptz not null,
    entries  integer     not null check (entries > 0),
    citizens integer[]   not null check (cardinality(citizens) = 0),
    body     bytea       not null,
    previous bytea       not null check (length(previous) = 32),
    hash     bytea       not null check (length(hash) = 32)
);
-- It is compressed when it comes.
alter table audit_block alter column body set storage external;
create index audit_block_written on audit_block (written);

-- Adds a block to the chain. Has to be the last thing in its transaction: from here to the end of it
-- nobody else can add one.
create function audit_append(at timestamptz, number integer, about integer[], packed bytea)
returns bigint language plpgsql volatile as $$
declare
    head   record;
    place  bigint;
    moment timestamptz;
    before bytea;
begin
    perform pg_advisory_xact_lock(1635083369, hashtext(current_schema()));
    -- A new statement, and so a new snapshot: it sees what whoever had the lock has committed.
    select b.seq, b.written, b.hash into head from audit_block b order by b.seq desc limit 1;
    place := coalesce(head.seq, 0) + 1;
    moment := greatest(at, head.written);
    before := coalesce(head.hash,
                       sha256(convert_to('pulsvagt audit ' || current_schema(), 'UTF8')));
    insert into audit_block (seq, written, entries, citizens, body, previous, hash)
    values (place, moment, number, about, packed, before,
            sha256(before || int8send(place)
                   || int8send((extract(epoch from moment) * 1000000)::bigint)
                   || int4send(number)
                   || convert_to(array_to_string(about, ','), 'UTF8') || '\x0a'::bytea
                   || packed));
    return place;
end $$;

-- Servers append as a role that may read and insert, and nothing else (see Catalog). Should whoever
-- may do more change blocks by mistake, this stops them.
create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'audit_block is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete on audit_block
    for each row execute function audit_refuse();
create trigger audit_not_emptied before truncate on audit_block
    for each statement execute function audit_refuse();
