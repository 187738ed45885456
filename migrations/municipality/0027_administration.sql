-- Who answers clinically for a rule pack. A pack is its text, so what was signed cannot change.
create table rule_pack_sign_off (
    id          bigint      generated always as identity primary key,
    hash        text        not null references rule_pack,
    -- The person who answers for it and as what, and who put it in.
    signed_by   text        not null check (btrim(signed_by) <> ''),
    signed_as   text        not null check (btrim(signed_as) <> ''),
    recorded_by text        not null,
    at          timestamptz not null,
    unique (hash, signed_by, signed_as)
);

-- Which pack was put in force when, instead of which, by whom and why. The newest row leads back.
create table rule_pack_use (
    id          bigint      generated always as identity primary key,
    at          timestamptz not null,
    hash        text        not null references rule_pack,
    instead_of  text        references rule_pack,
    recorded_by text        not null,
    -- Null where an operator gave none.
    reason      text
);

-- How many readings were refused in an hour, by whom they were sent and the stable key of what was
-- wrong. Of readings that citizens and staff send themselves the sender is their role.
create table refusal (
    hour   timestamptz not null,
    sender text        not null,
    reason text        not null,
    count  bigint      not null check (count > 0),
    primary key (hour, sender, reason)
);
