-- An account whose territory nobody holds any more waits on the office's desk, too; a holding that ends on a day makes no entry.

create trigger told after insert or update or delete on org.holder
    for each row execute function org.tell_desks();
