-- A connected device is seen, too, while it says nothing.

comment on column org.device.last_seen_at is
    'When it last said hello or, once a minute, was seen to be connected.';
