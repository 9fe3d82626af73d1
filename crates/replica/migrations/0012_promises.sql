-- Promises that were made on the telephone and about opportunities.
-- Serves: next steps of calls due in a span of time.
CREATE INDEX view_call_steps ON view (json_extract(fields, '$.next_step_due'))
    WHERE kind = 'call' AND json_extract(fields, '$.next_step_due') IS NOT NULL;
-- Serves: next steps of opportunities due in a span of time.
CREATE INDEX view_opportunity_steps ON view (json_extract(fields, '$.next_step_due'))
    WHERE kind = 'opportunity' AND json_extract(fields, '$.next_step_due') IS NOT NULL;
