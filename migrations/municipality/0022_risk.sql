-- Risk models, what they were found to be worth here, who answers for them, and what they say.

create table risk_model (
    -- Hash over the content of the file.
    hash     text        primary key,
    -- The file as it was fitted: terms, and what is predicted.
    body     text        not null,
    added    timestamptz not null,
    added_by text        not null
);

-- Evaluations on this municipality's own rows. Only they can carry an approval.
create table risk_evaluation (
    hash         text        primary key,
    model        text        not null references risk_model,
    -- JSON.
    body         text        not null,
    at           timestamptz not null,
    evaluated_by text        not null,
    unique (hash, model)
);

-- Somebody's word that a model may score, resting on an evaluation of that model. What was once
-- approved stays, so that every score leads to who answered for it.
create table risk_approval (
    id          bigint      generated always as identity primary key,
    model       text        not null,
    evaluation  text        not null,
    -- The person who answers for it, and who put it in.
    approved_by text        not null check (btrim(approved_by) <> ''),
    recorded_by text        not null,
    at          timestamptz not null,
    until       timestamptz not null check (until > at),
    retired     timestamptz,
    retired_by  text,
    foreign key (evaluation, model) references risk_evaluation (hash, model),
    unique (id, model),
    check ((retired is null) = (retired_by is null))
);
create unique index risk_approval_one on risk_approval (model) where retired is null;

-- What a model said of a citizen as of the beginning of a local day (days since 1970). From the values,
-- in the order of the model's terms, the probability can be made again, bit by bit.
create table risk_score (
    citizen     integer            not null references citizen,
    model       text               not null,
    day         integer            not null,
    approval    bigint             not null,
    at          timestamptz        not null,
    probability double precision   not null check (probability between 0 and 1),
    -- Null is missing.
    feature     double precision[] not null,
    primary key (citizen, model, day),
    foreign key (approval, model) references risk_approval (id, model)
);
create index risk_score_day on risk_score (model, day);

-- A night that is done, and how far features and outcomes had moved by then.
create table risk_watch (
    model  text        not null references risk_model,
    day    integer     not null,
    at     timestamptz not null,
    scored integer     not null,
    -- JSON.
    body   text        not null,
    primary key (model, day)
);
