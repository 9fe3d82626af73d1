-- Whom to see and what a month comes to, without reading every record.
-- Serves: what of a kind happened or is due in a span of time.
CREATE INDEX view_by_kind_time ON view (kind, at_ms);
-- Serves: when an account was last visited, and what was visited there later.
CREATE INDEX view_visits_made ON view
    (account, coalesce(json_extract(fields, '$.checked_in_at'), json_extract(fields, '$.planned_start')))
    WHERE kind = 'visit' AND state IN ('checked_in', 'checked_out');
-- Serves: visits planned for a span of time, made or not.
CREATE INDEX view_visits_planned ON view (json_extract(fields, '$.planned_start'))
    WHERE kind = 'visit' AND json_extract(fields, '$.planned_start') IS NOT NULL;
-- Serves: next steps due in a span of time.
CREATE INDEX view_next_steps ON view (json_extract(fields, '$.next_step_due'))
    WHERE kind = 'visit' AND json_extract(fields, '$.next_step_due') IS NOT NULL;
-- Serves: tasks due at a moment of a span of time.
CREATE INDEX view_tasks_due_at ON view (json_extract(fields, '$.due_at'))
    WHERE kind = 'task' AND json_extract(fields, '$.due_at') IS NOT NULL;
