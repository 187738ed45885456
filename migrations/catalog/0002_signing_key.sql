-- The keys with which this installation signs access tokens. A key is derived from the
-- installation's secret and its generation, so nothing secret stands here.
create table signing_key (
    generation integer primary key check (generation > 0),
    created    timestamptz not null
);
insert into signing_key (generation, created) values (1, now());
