-- People who sign in: accounts that the municipality keeps itself, and sessions.

create table account (
    id        uuid        primary key,
    -- Keyed hash of the user name, by which it is found.
    lookup    bigint      not null unique,
    role      text        not null,
    -- Whose own account it is, exactly for the role citizen.
    citizen   integer     references citizen,
    teams     text[]      not null default '{}',
    -- Argon2id, as a PHC string.
    password  text        not null,
    -- Sealed: user name, name, language, the secret of one-time codes.
    body      text        not null,
    -- Time step of the one-time code that was used last: none is good twice.
    code_step bigint      not null default 0,
    created   timestamptz not null,
    disabled  timestamptz,
    check ((role = 'citizen') = (citizen is not null))
);
create index account_citizen on account (citizen) where citizen is not null;

-- Codes for who has lost the device that makes one-time codes. Each is good once.
create table account_recovery (
    account uuid  not null references account on delete cascade,
    -- SHA-256; the codes are random.
    hash    bytea not null check (length(hash) = 32),
    primary key (account, hash)
);

-- Failed sign-ins by user name and where they came from, whether or not there is such an account.
-- Forgotten after a day.
create table sign_in_delay (
    lookup   bigint      not null,
    -- Hash of a browser that has signed in before, or of the network address.
    source   bytea       not null check (length(source) = 16),
    failures integer     not null check (failures > 0),
    last     timestamptz not null,
    primary key (lookup, source)
);
create index sign_in_delay_last on sign_in_delay (last);

create table session (
    id            uuid        primary key,
    -- SHA-256 of what the browser has; that itself is stored nowhere.
    token         bytea       not null unique check (length(token) = 32),
    -- The account, if it is one of ours.
    account       uuid        references account on delete cascade,
    -- Who says who it is.
    issuer        text        not null,
    role          text        not null,
    citizen       integer     references citizen,
    teams         text[]      not null default '{}',
    -- Sealed: subject, name, language, the provider's ID token.
    body          text        not null,
    -- When the person has last proved who they are.
    authenticated timestamptz not null,
    -- When it was last used, to the minute.
    seen          timestamptz not null,
    -- When it ends however much it is used.
    ends          timestamptz not null,
    revoked       timestamptz,
    check ((role = 'citizen') = (citizen is not null))
);
create index session_ends on session (ends);
create index session_account on session (account) where account is not null;
create index session_citizen on session (citizen) where citizen is not null;
