-- How far an import has come, so that it can go on where it stopped.
create table import_progress (
    -- SHA-256 of the file's name, size and first and last 64 KiB.
    file     bytea       primary key check (length(file) = 32),
    bytes    bigint      not null,
    lines    bigint      not null,
    updated  timestamptz not null
);
