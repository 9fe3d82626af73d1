-- A row of an import that names an account which a later row makes is put behind that row, as often as it takes.

drop index org.import_row_todo;
alter table org.import_row alter column waits drop default;
alter table org.import_row alter column waits type smallint using waits::integer;
alter table org.import_row alter column waits set default 0;
comment on column org.import_row.waits is 'How often it was put behind others, as it names an account of the file: 0 for rows that name none.';
create index import_row_todo on org.import_row (import_id, waits, row) where not is_done;
comment on index org.import_row_todo is 'What is still to be done, those first that wait for nothing.';
