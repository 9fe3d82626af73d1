-- The kind comment in the central record, and how it is written.

create table record.comments (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    subject_id uuid,
    at timestamptz,
    body text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null
);
comment on table record.comments is 'A remark about another record.';
comment on column record.comments.id is 'The record.';
comment on column record.comments.account_id is 'The account it belongs to.';
comment on column record.comments.creator_id is 'The person who created it.';
comment on column record.comments.subject_id is 'The record that it is about.';
comment on column record.comments.at is 'When it was written, by the device''s clock.';
comment on column record.comments.body is 'What is said.';
comment on column record.comments.created_at is 'When the server took it in.';
comment on column record.comments.changed_at is 'When the server last took in a change or a decision.';
comment on column record.comments.log_position is 'Position of the log entry that last changed it.';
create index comments_account on record.comments (account_id);
comment on index record.comments_account is 'An account''s comments.';
create index comments_subject on record.comments (subject_id);
comment on index record.comments_subject is 'The comments on a record.';

create function record.put_comment(doc jsonb) returns void
language plpgsql as $$
begin
    delete from comments where id = (doc ->> 'id')::uuid;
    insert into comments (
        id, account_id, creator_id, subject_id, at, body, created_at, changed_at, log_position
    )
    select
        id, account_id, creator_id, subject_id, at, body, created_at, changed_at, log_position
    from jsonb_populate_record(null::comments, doc);
end
$$;
comment on function record.put_comment(jsonb) is 'Writes the rows of one comment anew.';
