-- Whom it is time to visit, and what a period comes to: indexes only.

create index visits_made on record.visits (account_id, coalesce(checked_in_at, planned_start)) where state <> 'planned';
comment on index record.visits_made is 'When an account was last visited, and what was visited there later.';
create index visits_next on record.visits (account_id, planned_start) where state = 'planned';
comment on index record.visits_next is 'When an account is planned to be visited next.';
create index visits_planned on record.visits (planned_start) where planned_start is not null;
comment on index record.visits_planned is 'Visits planned for a span of time, made or not.';
create index visits_next_step on record.visits (next_step_due) where next_step_due is not null;
comment on index record.visits_next_step is 'Next steps due in a span of time.';
create index orders_day on record.orders (order_date);
comment on index record.orders_day is 'Orders and quotes taken in a span of days.';
create index tasks_day on record.tasks (due);
comment on index record.tasks_day is 'Tasks due in a span of days, done or not.';
create index tasks_moment on record.tasks (due_at) where due_at is not null;
comment on index record.tasks_moment is 'Tasks due at a moment of a span of time, done or not.';
