-- What the office's console reads: an account's story in time, visits for calendar and map, tasks and orders by what is
-- asked of them. Views and indexes only; an index that one of these takes the place of goes.

create view sync.account_now as
    select account.id, coalesce(moved.to_territory_id, account.territory_id) as territory_id
    from sync.account
    left join (
        select item.account_id, item.to_territory_id
        from org.reassignment flight
        join org.reassignment_account item on item.reassignment_id = flight.id
        where flight.followed_position < flight.last_position
    ) moved on moved.account_id = account.id;
comment on view sync.account_now is
    'All accounts as they lie, also while the rows of a reassignment have not all followed it yet; for lists. See sync.accounts_now().';
comment on column sync.account_now.id is 'The account.';
comment on column sync.account_now.territory_id is 'The territory it lies in.';

create function org.parts(territory uuid) returns table (territory_id uuid)
language sql stable as $$
    with recursive node(id) as (
        select territory
        union
        select part.id from node join org.territory part on part.parent_id = node.id
    )
    select id from node
$$;
comment on function org.parts(uuid) is 'A territory and all its parts, at any depth.';

create function record.order_at(order_date date, created_at timestamptz) returns timestamptz
language sql immutable parallel safe as $$
    select case
        when order_date is null or order_date = (created_at at time zone 'UTC')::date then created_at
        else order_date::timestamp at time zone 'UTC'
    end
$$;
comment on function record.order_at(date, timestamptz) is
    'When an order was taken: its day, more exactly when the server took it in if that was the same day.';

drop index record.visits_account;
create index visits_account on record.visits (account_id, coalesce(checked_in_at, planned_start, created_at), id);
comment on index record.visits_account is 'An account''s visits in time: its timeline.';
drop index record.visits_rep;
create index visits_person on record.visits
    (coalesce(rep_id, creator_id), coalesce(checked_in_at, planned_start, created_at), id);
comment on index record.visits_person is 'A person''s visits in time.';
create index visits_at on record.visits (coalesce(checked_in_at, planned_start, created_at), id);
comment on index record.visits_at is 'Visits of a span of time: calendar and map.';

drop index record.orders_account;
create index orders_account on record.orders (account_id, record.order_at(order_date, created_at), id);
comment on index record.orders_account is 'An account''s orders in time: its timeline.';
drop index record.orders_state;
create index orders_state on record.orders (state, record.order_at(order_date, created_at), id);
comment on index record.orders_state is 'Orders in a state, such as those that wait for a decision, in time.';
create index orders_person on record.orders
    (coalesce(rep_id, creator_id), record.order_at(order_date, created_at), id);
comment on index record.orders_person is 'The orders that a person took, in time.';
create index orders_at on record.orders (record.order_at(order_date, created_at), id);
comment on index record.orders_at is 'Orders of a span of time.';

drop index record.tasks_account;
create index tasks_account on record.tasks (account_id, coalesce(done_at, created_at), id);
comment on index record.tasks_account is 'An account''s tasks in time: its timeline.';
drop index record.tasks_due;
create index tasks_due on record.tasks (coalesce(due, 'infinity'::date), id) where state = 'open';
comment on index record.tasks_due is 'Open tasks by the day they are due.';
create index tasks_assignee on record.tasks (assignee_id, coalesce(due, 'infinity'::date), id);
comment on index record.tasks_assignee is 'A person''s tasks by the day they are due.';

drop index record.comments_account;
create index comments_account on record.comments (account_id, coalesce(at, created_at), id);
comment on index record.comments_account is 'An account''s comments in time: its timeline.';

drop index record.contacts_account;
create index contacts_account on record.contacts (account_id, created_at, id);
comment on index record.contacts_account is 'The people at an account, in the order in which they became known: its timeline.';

create view record.timeline as
    select id as record_id, account_id, 'visit'::text as kind,
           coalesce(checked_in_at, planned_start, created_at) as at, coalesce(subject, purpose) as title, notes as text,
           coalesce(rep_id, creator_id) as person_id, state, outcome, null::text as number, null::bigint as total_minor,
           null::text as currency
    from record.visits
    union all
    select id, account_id, 'order', record.order_at(order_date, created_at), coalesce(number, reference), notes,
           coalesce(rep_id, creator_id), state, null, number, total_minor, currency
    from record.orders
    union all
    select id, account_id, 'task', coalesce(done_at, created_at), subject, notes, coalesce(assignee_id, creator_id), state,
           null, null, null, null
    from record.tasks
    union all
    select id, account_id, 'comment', coalesce(at, created_at), null, body, creator_id, null, null, null, null, null
    from record.comments
    union all
    select id, account_id, 'contact', created_at, name, title, creator_id, status, null, null, null, null
    from record.contacts;
comment on view record.timeline is 'What belongs to an account, of all kinds, in time.';
comment on column record.timeline.record_id is 'The record.';
comment on column record.timeline.account_id is 'Its account.';
comment on column record.timeline.kind is 'visit, order, task, comment or contact.';
comment on column record.timeline.at is 'When: a visit''s check-in, or when it is planned; the day of an order; when a task was done or set; when a comment was written; when a contact became known.';
comment on column record.timeline.title is 'What it is, in a line: a subject, a number, a name.';
comment on column record.timeline.text is 'What was written about it; of a contact, the position.';
comment on column record.timeline.person_id is 'Whose it is: who makes the visit, took the order, is to do the task, else who created it.';
comment on column record.timeline.state is 'How it stands.';
comment on column record.timeline.outcome is 'What came of a visit.';
comment on column record.timeline.number is 'An order''s number.';
comment on column record.timeline.total_minor is 'What an order costs, in minor units of its currency.';
comment on column record.timeline.currency is 'The order''s currency.';
