-- The kind run in the central record.

create table record.runs (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    process text,
    version bigint,
    subject_id uuid,
    state text,
    started_at timestamptz,
    finished_at timestamptz,
    rep_id uuid,
    notes text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null
);
comment on table record.runs is 'A process carried out once, about a record.';
comment on column record.runs.id is 'The record.';
comment on column record.runs.account_id is 'The account it belongs to.';
comment on column record.runs.creator_id is 'The person who created it.';
comment on column record.runs.process is 'The process''s key.';
comment on column record.runs.version is 'The version it began with.';
comment on column record.runs.subject_id is 'The record that it is about.';
comment on column record.runs.state is 'How far it is.';
comment on column record.runs.started_at is 'When it began, by the device''s clock.';
comment on column record.runs.finished_at is 'When it was done or abandoned.';
comment on column record.runs.rep_id is 'The person who carries it out.';
comment on column record.runs.notes is 'What one should know to go on with it.';
comment on column record.runs.created_at is 'When the server took it in.';
comment on column record.runs.changed_at is 'When the server last took in a change or a decision.';
comment on column record.runs.log_position is 'Position of the log entry that last changed it.';
create index runs_account on record.runs (account_id, coalesce(started_at, created_at), id);
comment on index record.runs_account is 'An account''s runs in time: its timeline.';
create index runs_process on record.runs (process, version, started_at, id);
comment on index record.runs_process is 'The runs of a process, in time.';
create index runs_subject on record.runs (subject_id);
comment on index record.runs_subject is 'The runs about a record.';
create index runs_words on record.runs using gin ((
    setweight(record.words(process), 'C')
           || record.words(notes)));
comment on index record.runs_words is 'Search: runs by word.';

create table record.run_answers (
    run_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    step text,
    state text,
    word text,
    number bigint,
    at timestamptz,
    person_id uuid,
    primary key (run_id, id)
);
comment on table record.run_answers is 'What was answered to its steps.';
comment on column record.run_answers.run_id is 'The run.';
comment on column record.run_answers.account_id is 'The run''s account.';
comment on column record.run_answers.id is 'The item within its run.';
comment on column record.run_answers.step is 'The step''s key; of an awry path, path/step.';
comment on column record.run_answers.state is 'How it went.';
comment on column record.run_answers.word is 'The word that was chosen, or the text.';
comment on column record.run_answers.number is 'The number that was answered.';
comment on column record.run_answers.at is 'When, by the device''s clock.';
comment on column record.run_answers.person_id is 'Who answered.';

create table record.run_responses (
    run_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    response text,
    worked text,
    at timestamptz,
    primary key (run_id, id)
);
comment on table record.run_responses is 'Which preferred responses were used.';
comment on column record.run_responses.run_id is 'The run.';
comment on column record.run_responses.account_id is 'The run''s account.';
comment on column record.run_responses.id is 'The item within its run.';
comment on column record.run_responses.response is 'The preferred response''s key.';
comment on column record.run_responses.worked is 'Whether it helped.';
comment on column record.run_responses.at is 'When it was used, by the device''s clock.';

create table record.run_awry (
    run_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    path text,
    at timestamptz,
    resolved_at timestamptz,
    person_id uuid,
    primary key (run_id, id)
);
comment on table record.run_awry is 'Which paths were taken when it went awry.';
comment on column record.run_awry.run_id is 'The run.';
comment on column record.run_awry.account_id is 'The run''s account.';
comment on column record.run_awry.id is 'The item within its run.';
comment on column record.run_awry.path is 'The path''s key.';
comment on column record.run_awry.at is 'When it was taken, by the device''s clock.';
comment on column record.run_awry.resolved_at is 'When it was put right.';
comment on column record.run_awry.person_id is 'Who took it.';

select record.make_put('run', 'runs', '{answers,responses,awry}');
select record.show_in('timeline', 'run', $part$
    select id, account_id, 'run', coalesce(started_at, created_at), process, notes, coalesce(rep_id, creator_id), state,
           null, null, null, null
    from record.runs
$part$);
select record.show_in('searchable', 'run', $part$
    select id, account_id, 'run', process, notes,
           setweight(record.words(process), 'C')
           || record.words(notes)
    from record.runs
$part$);
