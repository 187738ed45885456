-- Random bytes from which, with the installation's secret, the key of a generation is derived. Neither
-- is worth anything without the other: who has the secret alone cannot make keys that come after. What
-- was there before has none and is derived as before, so that its tokens are still believed.
alter table signing_key add column salt bytea not null default ''
    check (length(salt) in (0, 32));
-- Nobody has a token yet where there is no municipality.
update signing_key set salt = sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
where not exists (select from tenant);
