-- Sessions of the console, and a notification of each audit entry.

-- Only the SHA-256 of the id is stored. A session acts for a token, so it ends with the token.
create table console_session (
    digest       bytea       primary key,
    token        bigint      references access_token on delete cascade, -- null for the token of the settings
    created_at   timestamptz not null default now(),
    last_used_at timestamptz not null default now() -- within a minute
);

create index console_session_token on console_session (token, last_used_at);

-- A change that evaluation cannot see has no revision, and therefore no other notification.
create function notify_audit_entry() returns trigger language plpgsql as $$
begin
    perform pg_notify('variate_audit', '');
    return null;
end
$$;

create trigger notify_audit_entry
    after insert on audit_entry
    for each statement execute function notify_audit_entry();
