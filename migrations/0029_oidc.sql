-- Signing in with the organisation's own provider (OpenID Connect): what is under way between the browser that left for the
-- provider and its return.

create table org.oidc_attempt (
    state_hash bytea primary key check (length(state_hash) = 32),
    browser_hash bytea not null check (length(browser_hash) = 32),
    device_id uuid,
    return_to text not null,
    made_at timestamptz not null,
    expires_at timestamptz not null
);
comment on table org.oidc_attempt is
    'Sign-ins by way of the provider that are under way. One is good once: whoever comes back with its state takes it out.';
comment on column org.oidc_attempt.state_hash is 'SHA-256 of the state, which goes by the provider and back.';
comment on column org.oidc_attempt.browser_hash is
    'SHA-256 of the secret that stays in the browser that began it; the nonce and the PKCE verifier follow from that secret.';
comment on column org.oidc_attempt.device_id is 'The device to bind the session to, if one was named; whether it is the person''s is asked when the session begins.';
comment on column org.oidc_attempt.return_to is 'The path of this server that the browser is sent to in the end.';
comment on column org.oidc_attempt.made_at is 'When it was begun.';
comment on column org.oidc_attempt.expires_at is 'When it stops working.';
create index oidc_attempt_expires on org.oidc_attempt (expires_at);
comment on index org.oidc_attempt_expires is 'Those that ran out, swept out by the next one; how many are under way.';
