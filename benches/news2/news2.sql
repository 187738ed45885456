-- NEWS2 (RCP 2017) as a column in plain SQL. Values are rounded halves up first, temperature to one
-- decimal; 1e-9 is for decimal halves that are not binary numbers. Run by score.py.
create temporary table scored as
with rounded as (
    select id, scale2, oxygen,
           floor(respiratory_rate + (0.5::float8 + 1e-9)) as respiration,
           floor(oxygen_saturation + (0.5::float8 + 1e-9)) as saturation,
           floor(systolic_blood_pressure + (0.5::float8 + 1e-9)) as systolic,
           floor(pulse + (0.5::float8 + 1e-9)) as pulse,
           floor(temperature * 10 + (0.5::float8 + 1e-9)) as temperature,
           case when consciousness >= 1 then consciousness
                when new_confusion >= 1 then 1
                else consciousness end as consciousness
    from reading),
points as (
    select id, oxygen,
           case when respiration <= 8 then 3 when respiration <= 11 then 1
                when respiration <= 20 then 0 when respiration <= 24 then 2
                when respiration > 24 then 3 end as respiration,
           case when saturation is null then null
                when not scale2 then
                    case when saturation <= 91 then 3 when saturation <= 93 then 2
                         when saturation <= 95 then 1 else 0 end
                when saturation <= 83 then 3 when saturation <= 85 then 2
                when saturation <= 87 then 1
                when not oxygen or saturation <= 92 then 0
                when saturation <= 94 then 1 when saturation <= 96 then 2 else 3 end as saturation,
           case when systolic <= 90 then 3 when systolic <= 100 then 2 when systolic <= 110 then 1
                when systolic <= 219 then 0 when systolic > 219 then 3 end as systolic,
           case when pulse <= 40 then 3 when pulse <= 50 then 1 when pulse <= 90 then 0
                when pulse <= 110 then 1 when pulse <= 130 then 2 when pulse > 130 then 3
                end as pulse,
           case when temperature <= 350 then 3 when temperature <= 360 then 1
                when temperature <= 380 then 0 when temperature <= 390 then 1
                when temperature > 390 then 2 end as temperature,
           case when consciousness <= 0 then 0 when consciousness > 0 then 3 end as consciousness
    from rounded),
counted as (
    select *, num_nonnulls(respiration, saturation, systolic, pulse, temperature, consciousness)
              as parameters
    from points)
select id, parameters,
       case when parameters > 0 then
           coalesce(respiration, 0) + coalesce(saturation, 0) + coalesce(systolic, 0)
           + coalesce(pulse, 0) + coalesce(temperature, 0) + coalesce(consciousness, 0)
           + case when oxygen then 2 else 0 end
       end as score
from counted;
