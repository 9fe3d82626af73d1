-- What follows in runs is looked for among those that go on alone: those that ended are many, and nothing follows in them.
create index runs_running_subject on record.runs (subject_id) where state = 'running';
comment on index record.runs_running_subject is 'Runs that go on about a record that something was written to.';
create index runs_running_account on record.runs (account_id) where state = 'running';
comment on index record.runs_running_account is 'Runs that go on at an account at which a case was opened.';
