-- Holdings that begin and end by themselves, and on what terms.

alter table org.holder
    add column end_policy text not null default 'accept' check (end_policy in ('accept', 'review', 'refuse')),
    add column end_grace_days integer not null default 30 check (end_grace_days between 0 and 3650),
    add column end_note text,
    add column begun_at timestamptz,
    add column ended_at timestamptz,
    add column version bigint not null default 1,
    add column created_at timestamptz not null default now();
comment on column org.holder.end_policy is 'What becomes of work captured before the holding''s end that comes after it: accept, review or refuse.';
comment on column org.holder.end_grace_days is 'For how many days after the end that holds; after them everything goes to review.';
comment on column org.holder.end_note is 'A word for the people concerned when it begins and ends.';
comment on column org.holder.begun_at is 'When leases were brought in line with its beginning; null while that is still to be done.';
comment on column org.holder.ended_at is 'When leases were brought in line with its end; null while that is still to be done.';
comment on column org.holder.version is 'Counts the edits of this row, so that nobody overwrites an edit that they have not seen.';
comment on column org.holder.created_at is 'When the row was made.';
update org.holder set begun_at = from_at where from_at <= now();
update org.holder set ended_at = to_at where to_at <= now();
create index holder_begins on org.holder (from_at) where begun_at is null;
comment on index org.holder_begins is 'Holdings that are to begin, the earliest first.';
create index holder_ends on org.holder (to_at) where ended_at is null and to_at is not null;
comment on index org.holder_ends is 'Holdings that are to end, the earliest first.';

create function org.holder_clash(territory uuid)
returns table (one uuid, other uuid, person_id uuid, capacity text, from_at timestamptz, to_at timestamptz)
language sql stable as $$
    select one.id, other.id, other.person_id, other.capacity, other.from_at, other.to_at
    from org.holder one
    join org.holder other on other.territory_id = one.territory_id and other.id <> one.id
        and tstzrange(one.from_at, one.to_at) && tstzrange(other.from_at, other.to_at)
        and (one.person_id = other.person_id or (one.capacity = 'owner' and other.capacity = 'owner'))
    where one.territory_id = holder_clash.territory
$$;
comment on function org.holder_clash(uuid) is
    'Holdings of a territory that cannot stand together: two owners at once, or one person twice at once. Each pair comes both ways round.';
