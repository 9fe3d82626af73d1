-- Moves that could not take effect stand out from those that somebody called off, and a running cover is never given up.

create or replace view record.reassignments as
    select reassignment.id, reassignment.kind, reassignment.shape,
           case
               when outcome = 'cancelled' and ended_by is null and why <> 'nothing_to_move' then 'failed'
               when outcome is not null then outcome
               when first_position is null then 'planned'
               when followed_position < last_position then 'in_effect'
               when draining.devices > 0 and grace_until < now() and not cover.runs then 'abandoned'
               when draining.devices > 0 then 'draining'
               when cover.runs then 'in_effect'
               else 'complete'
           end as state,
           reassignment.from_territory_id, reassignment.from_person_id, reassignment.to_person_id,
           (select count(*) from org.reassignment_account item where item.reassignment_id = reassignment.id) as accounts,
           draining.devices as draining_devices, draining.leases as draining_leases,
           late_policy, grace_s, note, reverses, created_by, created_at, effect_at, ends_at, effected_at, grace_until,
           ended_at, ended_by, why, first_position as log_position, last_position as last_log_position
    from org.reassignment
    cross join lateral (
        select count(distinct device_id) as devices, count(*) as leases from sync.lease
        where withdrawn between first_position and last_position and closed is null
    ) draining
    cross join lateral (
        select kind = 'cover' and not exists (
            select from org.reassignment back
            where back.reverses = reassignment.id
              and (back.first_position is not null or back.outcome is not null)
        ) as runs
    ) cover;
comment on column record.reassignments.state is
    'planned, in_effect, draining, complete, abandoned, cancelled, or failed: it could not take effect when its time came, and nobody has answered that yet.';
comment on column record.reassignments.ended_by is 'Who cancelled it; of one that could not take effect, who was told so or answered it since.';
comment on column org.reassignment.ended_by is
    'Who cancelled it; of one that could not take effect, who waited for it or answered that it failed; null when nobody did.';

create index reassignment_failed on org.reassignment (id) where outcome = 'cancelled' and ended_by is null;
comment on index org.reassignment_failed is 'Those that failed by themselves, the latest first.';
