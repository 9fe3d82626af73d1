-- The kind case in the central record.

create table record.cases (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    subject text,
    case_type text,
    state text,
    priority text,
    opened_at timestamptz,
    due date,
    resolved_at timestamptz,
    cause text,
    remedy text,
    goodwill_minor bigint,
    currency text,
    contact_id uuid,
    owner_id uuid,
    department_id uuid,
    order_id uuid,
    description text,
    resolution text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null,
    goodwill numeric generated always as (record.major(goodwill_minor, currency)) stored
);
comment on table record.cases is 'A complaint, a return or a request for service.';
comment on column record.cases.id is 'The record.';
comment on column record.cases.account_id is 'The account it belongs to.';
comment on column record.cases.creator_id is 'The person who created it.';
comment on column record.cases.subject is 'What it is about, in a line.';
comment on column record.cases.case_type is 'What it is.';
comment on column record.cases.state is 'How it stands.';
comment on column record.cases.priority is 'How urgent it is.';
comment on column record.cases.opened_at is 'When the customer came with it.';
comment on column record.cases.due is 'The day by which it is to be resolved.';
comment on column record.cases.resolved_at is 'When it was resolved.';
comment on column record.cases.cause is 'What brought it about.';
comment on column record.cases.remedy is 'What puts it right.';
comment on column record.cases.goodwill_minor is 'What was given as goodwill, in minor units of its currency.';
comment on column record.cases.currency is 'ISO 4217 code of its amounts.';
comment on column record.cases.contact_id is 'The contact who came with it.';
comment on column record.cases.owner_id is 'The person who sees it through.';
comment on column record.cases.department_id is 'The department that works on it.';
comment on column record.cases.order_id is 'The order that it is about.';
comment on column record.cases.description is 'What happened.';
comment on column record.cases.resolution is 'What was done about it.';
comment on column record.cases.created_at is 'When the server took it in.';
comment on column record.cases.changed_at is 'When the server last took in a change or a decision.';
comment on column record.cases.log_position is 'Position of the log entry that last changed it.';
comment on column record.cases.goodwill is 'What was given as goodwill, as a decimal of its currency.';
create index cases_account on record.cases (account_id, coalesce(opened_at, created_at), id);
comment on index record.cases_account is 'An account''s cases in time: its timeline.';
create index cases_due on record.cases (coalesce(due, 'infinity'::date), id) where state not in ('resolved', 'closed');
comment on index record.cases_due is 'Open cases by the day they are due.';
create index cases_owner on record.cases (coalesce(owner_id, creator_id), coalesce(due, 'infinity'::date), id);
comment on index record.cases_owner is 'A person''s cases by the day they are due.';
create index cases_department on record.cases (department_id, coalesce(due, 'infinity'::date), id) where department_id is not null;
comment on index record.cases_department is 'A department''s cases by the day they are due.';
create index cases_words on record.cases using gin ((
    setweight(record.words(subject), 'B')
           || record.words(description)
           || record.words(resolution)));
comment on index record.cases_words is 'Search: cases by word.';

create table record.case_lines (
    case_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    order_id uuid,
    line_id uuid,
    sku text,
    quantity bigint,
    reason text,
    primary key (case_id, id)
);
comment on table record.case_lines is 'The order lines that it is about.';
comment on column record.case_lines.case_id is 'The case.';
comment on column record.case_lines.account_id is 'The case''s account.';
comment on column record.case_lines.id is 'The item within its case.';
comment on column record.case_lines.order_id is 'The order that it came with.';
comment on column record.case_lines.line_id is 'The line of that order.';
comment on column record.case_lines.sku is 'Key of the product.';
comment on column record.case_lines.quantity is 'How many sales units it is about.';
comment on column record.case_lines.reason is 'What is wrong with it.';

select record.make_put('case', 'cases', '{lines}');
select record.show_in('timeline', 'case', $part$
    select id, account_id, 'case', coalesce(opened_at, created_at), subject, description, coalesce(owner_id, creator_id), state,
           remedy, null, null, null
    from record.cases
$part$);
select record.show_in('searchable', 'case', $part$
    select id, account_id, 'case', subject, concat_ws(' ', description, resolution),
           setweight(record.words(subject), 'B')
           || record.words(description)
           || record.words(resolution)
    from record.cases
$part$);
