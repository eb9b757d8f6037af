-- The ruleset of one zone. Definitions are json, not jsonb: the exact text of numbers and the order of keys count.

create table ruleset (
    only_row   boolean     primary key default true check (only_row),
    revision   bigint      not null,
    changed_at timestamptz not null default now()
);

insert into ruleset (revision) values (0);

create table deployment (
    key        text    primary key,
    position   integer not null,
    definition json    not null
);

create table flag (
    key        text    primary key,
    position   integer not null,
    definition json    not null
);

create table cohort (
    id         text    primary key,
    position   integer not null,
    definition json    not null
);

-- Told on commit, so whoever listens reads what the notification is about.
create function tell_ruleset_revision() returns trigger language plpgsql as $$
begin
    perform pg_notify('variate_ruleset', new.revision::text);
    return null;
end
$$;

create trigger tell_ruleset_revision
    after update on ruleset
    for each row when (old.revision is distinct from new.revision)
    execute function tell_ruleset_revision();
