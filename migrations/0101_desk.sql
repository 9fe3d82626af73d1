-- What waits on the office's desk changes by itself, too, and no entry of the log tells of it: accounts that no rule places,
-- likely duplicates, reassignments that ended or failed. Consoles hear of it by this and read anew what they show.

create function org.tell_desks() returns trigger language plpgsql as $$
begin
    -- Said once for a whole transaction: the same notification is sent only once.
    perform pg_notify('roadbook_desk', '');
    return null;
end
$$;
comment on function org.tell_desks is 'Tells every node, and by it every console, that lists of the office changed beside the log.';

create trigger told after insert or delete on org.unplaced
    for each row execute function org.tell_desks();
create trigger told after insert or delete on org.duplicate
    for each row execute function org.tell_desks();
create trigger told after insert or delete on org.not_duplicate
    for each row execute function org.tell_desks();
create trigger told after insert or update of outcome on org.reassignment
    for each row execute function org.tell_desks();
