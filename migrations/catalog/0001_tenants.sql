-- The municipalities this server knows, and where each one's data lives.
create table tenant (
    code         text primary key check (code ~ '^[0-9]{4}$'),
    name         text not null check (name <> ''),
    schema_name  text not null unique check (schema_name ~ '^m[0-9]{4}$'),
    role_name    text not null unique check (role_name ~ '^pulsvagt_[0-9]{4}$'),
    -- Server and database without user or password; null = the database of this catalogue.
    database_url text check (database_url !~ '@'),
    time_zone    text not null default 'Europe/Copenhagen',
    created      timestamptz not null default now()
);
