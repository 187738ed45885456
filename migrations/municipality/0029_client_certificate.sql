-- SHA-256 of the certificates that a client's connections have to show, and that its tokens are bound
-- to (RFC 8705). None: tokens are not bound. Two while one replaces the other.
alter table client add column certificates bytea[] not null default '{}'
    check (cardinality(certificates) <= 2);
