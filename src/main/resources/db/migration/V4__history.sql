-- The rows of past revisions. The ruleset at revision n consists of the rows in ruleset_row with revision <= n, and of those
-- in row_history with since <= n < until. A trigger maintains the history for every writer, also for nodes of earlier
-- releases. The history starts with the present revision: what earlier ones consisted of was never stored.

-- Waits for the transaction of a writer, which could have changed rows already without keeping them. Readers may proceed.
lock table ruleset, ruleset_row in exclusive mode;

-- The primary key serves the query of a past revision. Its entries are added in order, which is cheap.
create table row_history (
    kind       text   not null,
    project    text   not null,
    key        text   not null,
    position   bigint not null,
    definition json   not null,
    since      bigint not null, -- the revision that wrote the row
    until      bigint not null, -- the revision that replaced or removed it
    primary key (until, since, kind, project, key)
);

-- The revisions whose rows are known, and when each was written.
create table revision_time (
    number     bigint      primary key,
    changed_at timestamptz not null
);

create index revision_time_changed_at on revision_time (changed_at, number);

insert into revision_time (number, changed_at) select revision, changed_at from ruleset;

-- As in V3, and keeps the row that changes. A row that has the next revision already was written by the same transaction,
-- or by one that did not take a revision. No revision ever consisted of it.
create or replace function stamp_ruleset_row() returns trigger language plpgsql as $$
declare
    next_revision constant bigint := (select ruleset.revision + 1 from variate.ruleset);
begin
    if tg_op <> 'INSERT' and old.revision < next_revision then
        insert into variate.row_history (kind, project, key, position, definition, since, until)
        values (old.kind, old.project, old.key, old.position, old.definition, old.revision, next_revision)
        on conflict do nothing;
    end if;
    if tg_op = 'DELETE'
        or tg_op = 'UPDATE' and (old.kind, old.project, old.key) is distinct from (new.kind, new.project, new.key)
    then
        insert into variate.removed_row (kind, project, key, revision)
        values (old.kind, old.project, old.key, next_revision)
        on conflict (kind, project, key) do update set revision = excluded.revision;
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    delete from variate.removed_row removed
    where removed.kind = new.kind and removed.project = new.project and removed.key = new.key;
    new.revision := next_revision;
    return new;
end
$$;

-- The time of the transaction would be that of its start, before the wait for other writers.
create function keep_revision_time() returns trigger language plpgsql as $$
begin
    insert into variate.revision_time (number, changed_at)
    values (new.revision, clock_timestamp())
    on conflict (number) do update set changed_at = excluded.changed_at;
    return null;
end
$$;

create trigger keep_revision_time
    after update on ruleset
    for each row when (old.revision is distinct from new.revision)
    execute function keep_revision_time();
