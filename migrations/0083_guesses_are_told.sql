-- Guesses at passwords stand in the audit, an hour's of one account or address in one row.

alter table org.guess add column noted_at timestamptz;
comment on column org.guess.noted_at is 'When the audit last told of them; not again within the hour, so that no guesser fills it.';
