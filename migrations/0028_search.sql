-- Search over the central record: words and their beginnings, in names, numbers, addresses and notes. Postgres' own full
-- text search without stemming, so that it is the same in every language and needs no extension.

create function record.words(said text) returns tsvector
language sql immutable parallel safe as $$
    select to_tsvector('simple'::regconfig, translate(coalesce(said, ''), '-/+()._@,:;#&*''"', '                '))
$$;
comment on function record.words(text) is
    'The words of a text as the search knows them: cut at every sign, so that parts of numbers and addresses are found.';

create index accounts_words on record.accounts using gin ((
    setweight(record.words(name), 'A') || setweight(record.words(external_id), 'A')
    || setweight(record.words(city), 'B') || record.words(street) || record.words(postal_code) || record.words(country)
    || record.words(phone) || record.words(email) || record.words(description)));
comment on index record.accounts_words is 'Search: accounts by word.';
create index contacts_words on record.contacts using gin ((
    setweight(record.words(name), 'A') || setweight(record.words(title), 'C') || record.words(phone)
    || record.words(mobile) || record.words(email) || record.words(notes)));
comment on index record.contacts_words is 'Search: contacts by word.';
create index visits_words on record.visits using gin ((
    setweight(record.words(subject), 'B') || record.words(next_step) || record.words(notes)));
comment on index record.visits_words is 'Search: visits by word.';
create index orders_words on record.orders using gin ((
    setweight(record.words(number), 'A') || setweight(record.words(reference), 'A')
    || setweight(record.words(external_id), 'A') || record.words(notes)));
comment on index record.orders_words is 'Search: orders by number or word.';
create index tasks_words on record.tasks using gin ((
    setweight(record.words(subject), 'B') || record.words(notes)));
comment on index record.tasks_words is 'Search: tasks by word.';
create index comments_words on record.comments using gin (record.words(body));
comment on index record.comments_words is 'Search: comments by word.';

create view record.searchable as
    select id as record_id, account_id, 'account'::text as kind, name as title,
           nullif(concat_ws(', ', street, postal_code, city, country), '') as text,
           setweight(record.words(name), 'A') || setweight(record.words(external_id), 'A')
           || setweight(record.words(city), 'B') || record.words(street) || record.words(postal_code)
           || record.words(country) || record.words(phone) || record.words(email) || record.words(description) as words
    from record.accounts
    union all
    select id, account_id, 'contact', name, title,
           setweight(record.words(name), 'A') || setweight(record.words(title), 'C') || record.words(phone)
           || record.words(mobile) || record.words(email) || record.words(notes)
    from record.contacts
    union all
    select id, account_id, 'visit', coalesce(subject, purpose), concat_ws(' ', notes, next_step),
           setweight(record.words(subject), 'B') || record.words(next_step) || record.words(notes)
    from record.visits
    union all
    select id, account_id, 'order', coalesce(number, reference), notes,
           setweight(record.words(number), 'A') || setweight(record.words(reference), 'A')
           || setweight(record.words(external_id), 'A') || record.words(notes)
    from record.orders
    union all
    select id, account_id, 'task', subject, notes, setweight(record.words(subject), 'B') || record.words(notes)
    from record.tasks
    union all
    select id, account_id, 'comment', null, body, record.words(body)
    from record.comments;
comment on view record.searchable is 'What a search looks through: every record''s words. Ask with words @@ to_tsquery(''simple'', ...).';
comment on column record.searchable.record_id is 'The record.';
comment on column record.searchable.account_id is 'Its account.';
comment on column record.searchable.kind is 'account, contact, visit, order, task or comment.';
comment on column record.searchable.title is 'What it is, in a line: a name, a subject, a number.';
comment on column record.searchable.text is 'What an excerpt is taken from: of an account its address, else what was written.';
comment on column record.searchable.words is 'Its words, weighted: names and numbers most, notes least.';
