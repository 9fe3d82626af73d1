-- How people sign in: passwords, one-time links, guesses slowed down, sessions with their refresh tokens. Whatever a
-- thief of this database could sign in with is kept as a hash.

create table org.password (
    person_id uuid primary key references org.person,
    hash text not null check (hash like '$argon2id$%'),
    changed_at timestamptz not null
);
comment on table org.password is 'The passwords of people who have one.';
comment on column org.password.person_id is 'Whose.';
comment on column org.password.hash is 'argon2id with its parameters and salt, as a PHC string. Made anew at a sign-in once the parameters change.';
comment on column org.password.changed_at is 'When the person last chose it.';

create table org.sign_in_link (
    hash bytea primary key check (length(hash) = 32),
    person_id uuid not null references org.person,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
comment on table org.sign_in_link is 'One-time links with which a person chooses a password. A new one ends the person''s earlier ones.';
comment on column org.sign_in_link.hash is 'SHA-256 of the link''s secret; the secret itself is shown once and kept nowhere.';
comment on column org.sign_in_link.person_id is 'For whom.';
comment on column org.sign_in_link.made_at is 'When it was made.';
comment on column org.sign_in_link.expires_at is 'When it stops working.';
comment on column org.sign_in_link.used_at is 'When it was used; null while it still works.';
create index sign_in_link_person on org.sign_in_link (person_id) where used_at is null;
comment on index org.sign_in_link_person is 'A person''s unused links, which a new one ends.';

create table org.guess (
    key bytea primary key check (length(key) = 32),
    failures integer not null,
    last_at timestamptz not null,
    wait_until timestamptz not null
);
comment on table org.guess is 'Failed sign-ins lately, by account and by address: each more makes the next wait longer.';
comment on column org.guess.key is 'SHA-256 of what is counted: an account, an account from an address that knows it, or an address.';
comment on column org.guess.failures is 'How many failed in a row.';
comment on column org.guess.last_at is 'When the last one did.';
comment on column org.guess.wait_until is 'Before this moment no password is even looked at.';
create index guess_last on org.guess (last_at);
comment on index org.guess_last is 'What is old enough to be forgotten.';

create function org.count_guess(guessed bytea, free integer, wait_max interval, forget interval, at timestamptz)
returns timestamptz
language sql as $$
    insert into org.guess as known (key, failures, last_at, wait_until) values (guessed, 1, at, at)
    on conflict (key) do update set
        failures = case when known.last_at < at - forget then 1 else known.failures + 1 end,
        last_at = at,
        wait_until = case
            when known.last_at < at - forget or known.failures < free then at
            else at + least(interval '1 s' * power(2, least(known.failures - free, 30)), wait_max)
        end
    where known.wait_until <= at
    returning at
$$;
comment on function org.count_guess(bytea, integer, interval, interval, timestamptz) is
    'Counts a guess as failed before it is looked at, so that many at once count too. Null when it still has to wait.';

create table org.known_address (
    person_id uuid not null references org.person,
    address inet not null,
    last_at timestamptz not null,
    primary key (person_id, address)
);
comment on table org.known_address is 'Addresses from which a person signed in: strangers'' guesses do not make the person wait there.';
comment on column org.known_address.person_id is 'Who signed in.';
comment on column org.known_address.address is 'From where: an IPv4 address, or the /64 of an IPv6 address.';
comment on column org.known_address.last_at is 'When last.';

create table org.session (
    id uuid primary key,
    person_id uuid not null references org.person,
    device_id uuid references org.device,
    address inet,
    client text,
    last_number integer not null default 1,
    started_at timestamptz not null,
    last_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text check (end_reason in ('signed_out', 'reused', 'deactivated', 'password', 'restored')),
    check ((ended_at is null) = (end_reason is null))
);
comment on table org.session is 'One sign-in of a person, until it ends; its refresh tokens are one family.';
comment on column org.session.id is 'The session: claim sid of its access tokens.';
comment on column org.session.person_id is 'Who signed in.';
comment on column org.session.device_id is 'The person''s device that the session is bound to, if to one.';
comment on column org.session.address is 'From where.';
comment on column org.session.client is 'What the client called itself.';
comment on column org.session.last_number is 'The number of its newest refresh token: the one that counts.';
comment on column org.session.started_at is 'When.';
comment on column org.session.last_at is 'When its refresh token was last exchanged.';
comment on column org.session.expires_at is 'When it ends at the latest.';
comment on column org.session.ended_at is 'When it ended; null while it lives, or ran out.';
comment on column org.session.end_reason is 'Why: signed out, a refresh token used twice, the person deactivated, a new password, or a restore from a backup.';
create index session_person on org.session (person_id) where ended_at is null;
comment on index org.session_person is 'A person''s sessions: shown, or ended all at once.';
create index session_expires on org.session (expires_at);
comment on index org.session_expires is 'Sessions long over, to be swept out.';

create table org.refresh_token (
    hash bytea primary key check (length(hash) = 32),
    session_id uuid not null references org.session on delete cascade,
    number integer not null,
    made_at timestamptz not null,
    unique (session_id, number)
);
comment on table org.refresh_token is 'The refresh tokens of sessions, newest and past: a past one that comes again was stolen.';
comment on column org.refresh_token.hash is 'SHA-256 of the token.';
comment on column org.refresh_token.session_id is 'Its session.';
comment on column org.refresh_token.number is 'Its place in the family, from 1.';
comment on column org.refresh_token.made_at is 'When it was first given out.';
