-- What was said about a record, and what is to be done about it: indexes only.

create index comments_subject on record.comments (subject_id);
comment on index record.comments_subject is 'What was said about a record.';
create index tasks_subject on record.tasks (subject_id) where subject_id is not null;
comment on index record.tasks_subject is 'What is to be done about a record.';
