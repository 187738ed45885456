-- Systems that get tokens for themselves by a key of their own (SMART Backend Services).
create table client (
    id       text primary key check (id ~ '^[0-9]{4}-[0-9a-f]{32}$'),
    name     text not null check (name <> ''),
    role     text not null,
    -- SMART scopes, in the one form they are kept in.
    scope    text not null check (scope <> ''),
    -- Public keys: a JWK set, or where one is fetched from.
    jwks     text,
    jwks_url text,
    created  timestamptz not null,
    revoked  timestamptz,
    check ((jwks is null) <> (jwks_url is null))
);

-- Assertions that have been used, until they are no longer valid: none is taken twice, by whichever
-- server.
create table client_assertion (
    client  text not null references client (id),
    -- SHA-256 of the jti.
    jti     bytea not null check (length(jti) = 32),
    expires timestamptz not null,
    primary key (client, jti)
);
create index client_assertion_expires on client_assertion (expires);
