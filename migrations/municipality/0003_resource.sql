-- Everything but observations: few per citizen, versioned, the JSON as it was sent.
create table resource (
    type    text        not null,
    id      text        not null,
    version integer     not null,
    updated timestamptz not null,
    -- The citizen whose compartment it is in, if any.
    citizen integer     references citizen,
    body    text        not null,
    primary key (type, id)
);
create index resource_citizen on resource (citizen, type) where citizen is not null;
create index resource_updated on resource (type, updated, id);

create table resource_history (
    type    text        not null,
    id      text        not null,
    version integer     not null,
    updated timestamptz not null,
    body    text        not null,
    primary key (type, id, version)
);

-- Search parameters of the current versions: tokens and references.
create table resource_token (
    type   text not null,
    param  text not null,
    code   text not null,
    system text not null,
    id     text not null,
    primary key (type, param, code, system, id)
);
create index resource_token_owner on resource_token (type, id);

-- Search parameters of the current versions: dates, as ranges.
create table resource_date (
    type   text        not null,
    param  text        not null,
    id     text        not null,
    lower  timestamptz not null,
    upper  timestamptz not null,
    primary key (type, param, id, lower, upper)
);
create index resource_date_owner on resource_date (type, id);
