-- What names somebody is stored encrypted; see store::vault.

-- The keys of the ring that this municipality uses or used. The check value tells whether the
-- ring's key of that number is the one that was used here.
create table identity_key (
    number      integer     primary key check (number > 0),
    check_value bytea       not null check (length(check_value) = 16),
    -- coming: servers get to know it; current: what is written; old: still read; retired: unused.
    state       text        not null check (state in ('coming', 'current', 'old', 'retired')),
    since       timestamptz not null default now()
);
create unique index identity_key_current on identity_key (state) where state = 'current';

create table identity_state (
    one        boolean primary key default true check (one),
    -- There may be rows in clear text from before this migration; rekey encrypts them.
    clear      boolean not null,
    -- There may be readings whose fingerprints are from before this migration. Never changes.
    unkeyed    boolean not null,
    -- Which key the hashes of the blind index are made with: 0 = the installation's secret.
    blind      integer not null default 0 check (blind >= 0),
    -- Which one they are being changed to.
    blind_next integer check (blind_next > 0)
);
insert into identity_state (clear, unkeyed)
select exists (select from resource) or exists (select from observation),
       exists (select from observation);
