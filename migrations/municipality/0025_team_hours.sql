-- When somebody of a team looks, where that is not when the municipality says; null = as it says.
-- JSON, as the shifts of the triage policy.
alter table team add column staffed text;
