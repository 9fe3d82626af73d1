-- Indexes for what the console asks: which reassignment made work late, and products by the words of their names.

create index reassignment_first on org.reassignment (first_position) where first_position is not null;
comment on index org.reassignment_first is 'The reassignment that a withdrawal belongs to: whose work came late by it.';

create index reference_product_words on sync.reference using gin (record.words(json ->> 'name')) where set = 'products';
comment on index sync.reference_product_words is 'Search: products by the words of their names.';
