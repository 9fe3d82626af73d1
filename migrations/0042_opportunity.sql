-- The kind opportunity in the central record.

create table record.opportunities (
    id uuid primary key,
    account_id uuid not null,
    creator_id uuid not null,
    subject text,
    stage text,
    amount_minor bigint,
    currency text,
    probability_bp bigint,
    expected_close date,
    source text,
    referred_by_id uuid,
    contact_id uuid,
    owner_id uuid,
    order_id uuid,
    competitor text,
    closed_at timestamptz,
    close_reason text,
    next_step text,
    next_step_due date,
    notes text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    log_position bigint not null,
    amount numeric generated always as (record.major(amount_minor, currency)) stored
);
comment on table record.opportunities is 'A sale that may come about.';
comment on column record.opportunities.id is 'The record.';
comment on column record.opportunities.account_id is 'The account it belongs to.';
comment on column record.opportunities.creator_id is 'The person who created it.';
comment on column record.opportunities.subject is 'What may be sold, in a line.';
comment on column record.opportunities.stage is 'How far it is.';
comment on column record.opportunities.amount_minor is 'What it may bring, in minor units of its currency.';
comment on column record.opportunities.currency is 'ISO 4217 code of its amount.';
comment on column record.opportunities.probability_bp is 'How likely it is, in basis points.';
comment on column record.opportunities.expected_close is 'The day by which it is expected to be decided.';
comment on column record.opportunities.source is 'How it came about.';
comment on column record.opportunities.referred_by_id is 'The account that brought it about by a referral.';
comment on column record.opportunities.contact_id is 'The contact who decides.';
comment on column record.opportunities.owner_id is 'The person who pursues it.';
comment on column record.opportunities.order_id is 'The quote or order that it led to.';
comment on column record.opportunities.competitor is 'Who else offers.';
comment on column record.opportunities.closed_at is 'When it was won or lost.';
comment on column record.opportunities.close_reason is 'Why it was won or lost.';
comment on column record.opportunities.next_step is 'What was agreed to happen next.';
comment on column record.opportunities.next_step_due is 'The day by which the next step is to happen.';
comment on column record.opportunities.notes is 'What one should know to pursue it.';
comment on column record.opportunities.created_at is 'When the server took it in.';
comment on column record.opportunities.changed_at is 'When the server last took in a change or a decision.';
comment on column record.opportunities.log_position is 'Position of the log entry that last changed it.';
comment on column record.opportunities.amount is 'What it may bring, as a decimal of its currency.';
create index opportunities_account on record.opportunities (account_id, coalesce(closed_at, created_at), id);
comment on index record.opportunities_account is 'An account''s opportunities in time: its timeline.';
create index opportunities_stage on record.opportunities (stage, coalesce(expected_close, 'infinity'::date), id);
comment on index record.opportunities_stage is 'Opportunities of a stage by the day they are expected to be decided.';
create index opportunities_owner on record.opportunities (coalesce(owner_id, creator_id), coalesce(expected_close, 'infinity'::date), id);
comment on index record.opportunities_owner is 'A person''s opportunities by the day they are expected to be decided.';
create index opportunities_words on record.opportunities using gin ((
    setweight(record.words(subject), 'B')
           || record.words(competitor)
           || record.words(next_step)
           || record.words(notes)));
comment on index record.opportunities_words is 'Search: opportunities by word.';

select record.make_put('opportunity', 'opportunities');
select record.show_in('timeline', 'opportunity', $part$
    select id, account_id, 'opportunity', coalesce(closed_at, created_at), subject, notes, coalesce(owner_id, creator_id), stage,
           close_reason, null, amount_minor, currency
    from record.opportunities
$part$);
select record.show_in('searchable', 'opportunity', $part$
    select id, account_id, 'opportunity', subject, notes,
           setweight(record.words(subject), 'B')
           || record.words(competitor)
           || record.words(next_step)
           || record.words(notes)
    from record.opportunities
$part$);
