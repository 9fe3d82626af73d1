-- Runs that the clock asks for are looked at in turn: those of which nothing comes do not keep others from their turn.

alter table org.process_watch
    add column overdue_from timestamptz,
    add column overdue_run uuid,
    add column past_due_from timestamptz,
    add column past_due_run uuid;
comment on column org.process_watch.overdue_from is
    'When the last run began that was looked at because it takes too long; null if the next look begins at the oldest.';
comment on column org.process_watch.overdue_run is 'That run.';
comment on column org.process_watch.past_due_from is
    'When the last run began that was looked at because a path of it should have been put right; null as before.';
comment on column org.process_watch.past_due_run is 'That run.';
