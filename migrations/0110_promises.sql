-- Promises of calls, opportunities and cases: indexes only.

create index calls_next_step on record.calls (next_step_due) where next_step_due is not null;
comment on index record.calls_next_step is 'Next steps agreed on the telephone that are due in a span of time.';
create index calls_begun on record.calls (account_id, started_at);
comment on index record.calls_begun is 'What was said with an account later.';
create index opportunities_next_step on record.opportunities (next_step_due) where next_step_due is not null;
comment on index record.opportunities_next_step is 'Next steps of opportunities that are due in a span of time.';
create index cases_day on record.cases (due);
comment on index record.cases_day is 'Cases due in a span of days, resolved or not.';
