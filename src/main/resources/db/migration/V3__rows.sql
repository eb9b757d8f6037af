-- The ruleset as rows with revisions, in one table for all kinds, so that a node reads and writes only what differs.
--
-- During a rolling upgrade, nodes of the previous release read and replace the tables deployment, flag and cohort with
-- their own statements. Those tables become views of the project without a name. So such a node sees a complete ruleset
-- and replaces all of it, but it neither sees nor removes rows of named projects, which it cannot evaluate. Because it
-- knows nothing of revisions of rows, tombstones and digests, triggers maintain them for every writer.

-- Waits for the transaction of a writer. In the order of the queries of other nodes, which could deadlock otherwise.
lock table ruleset, deployment, flag, cohort in access exclusive mode;

-- A row of the kind 'project' has an empty key.
create table ruleset_row (
    kind       text   not null check (kind in ('project', 'deployment', 'flag', 'cohort')),
    project    text   not null default '',
    key        text   not null,
    position   bigint not null,
    definition json   not null,
    revision   bigint not null, -- that last changed the row
    primary key (kind, project, key)
);

insert into ruleset_row (kind, project, key, position, definition, revision)
select found.*, ruleset.revision
from ruleset,
    (select 'deployment', '', key, position, definition from deployment
     union all
     select 'flag', '', key, position, definition from flag
     union all
     select 'cohort', '', id, position, definition from cohort) found;

create index ruleset_row_revision on ruleset_row (revision);

-- A deployment key is a credential, and leads to one project.
create unique index ruleset_row_deployment on ruleset_row (key) where kind = 'deployment';

-- Tombstones.
create table removed_row (
    kind     text   not null,
    project  text   not null,
    key      text   not null,
    revision bigint not null, -- that removed the row
    primary key (kind, project, key)
);

create index removed_row_revision on removed_row (revision);

-- The latest revisions. A reader whose revision is here with another digest is on another branch of history.
create table revision_log (
    number     bigint      primary key,
    digest     bytea       not null,
    changed_at timestamptz not null
);

drop table deployment, flag, cohort;

create view deployment as
    select key, position, definition, kind from ruleset_row where kind = 'deployment' and project = '';
create view flag as
    select key, position, definition, kind from ruleset_row where kind = 'flag' and project = '';
create view cohort as
    select key as id, position, definition, kind from ruleset_row where kind = 'cohort' and project = '';

alter view deployment alter column kind set default 'deployment';
alter view flag alter column kind set default 'flag';
alter view cohort alter column kind set default 'cohort';

-- The sum of the digests of all rows modulo 2^128. A digest is the first half of a SHA-256. Adds 32 bits at a time, with
-- room for the carries of 2^31 rows.
create function ruleset_digest() returns bytea language plpgsql as $$
declare
    a bigint;
    b bigint;
    c bigint;
    d bigint;
    mask constant bigint := 4294967295;
begin
    select coalesce(sum(('x' || substr(hex, 1, 8))::bit(32)::bigint), 0),
           coalesce(sum(('x' || substr(hex, 9, 8))::bit(32)::bigint), 0),
           coalesce(sum(('x' || substr(hex, 17, 8))::bit(32)::bigint), 0),
           coalesce(sum(('x' || substr(hex, 25, 8))::bit(32)::bigint), 0)
    into a, b, c, d
    from (select encode(sha256(convert_to(concat_ws(E'\x1f', kind, project, key, position, definition), 'UTF8')), 'hex')
              as hex
          from variate.ruleset_row) digests;
    c := c + (d >> 32);
    b := b + (c >> 32);
    a := a + (b >> 32);
    return decode(lpad(to_hex(a & mask), 8, '0') || lpad(to_hex(b & mask), 8, '0')
        || lpad(to_hex(c & mask), 8, '0') || lpad(to_hex(d & mask), 8, '0'), 'hex');
end
$$;

alter table ruleset
    add column history   text,  -- the database or branch whose changes the revision counts
    add column digest    bytea, -- of all rows
    add column pruned_to bigint; -- tombstones up to this revision are gone: readers below it must read everything

update ruleset
set history   = md5(random()::text || random()::text || random()::text || clock_timestamp()::text || pg_backend_pid()),
    digest    = ruleset_digest(),
    pruned_to = revision;

alter table ruleset
    alter column history set not null,
    alter column digest set not null,
    alter column pruned_to set not null;

insert into revision_log (number, digest, changed_at) select revision, digest, changed_at from ruleset;

-- Rows of a transaction get the revision that it takes at its end. Writers lock the ruleset first.
create function stamp_ruleset_row() returns trigger language plpgsql as $$
declare
    next_revision constant bigint := (select ruleset.revision + 1 from variate.ruleset);
begin
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

create trigger stamp_ruleset_row
    before insert or update or delete on ruleset_row
    for each row execute function stamp_ruleset_row();

-- A change of rows changes the digest. So a writer that left the digest alone does not know it, as in the previous
-- release, or asks for its correction.
create function log_ruleset_revision() returns trigger language plpgsql as $$
declare
    forgotten constant bigint := new.revision - 10000;
begin
    if new.digest is not distinct from old.digest then
        new.digest := variate.ruleset_digest();
    end if;
    insert into variate.revision_log (number, digest, changed_at)
    values (new.revision, new.digest, new.changed_at)
    on conflict (number) do update set digest = excluded.digest, changed_at = excluded.changed_at;
    delete from variate.revision_log where number <= forgotten;
    new.pruned_to := greatest(
        new.pruned_to,
        forgotten,
        (select removed.revision from variate.removed_row removed order by removed.revision desc offset 10000 limit 1));
    delete from variate.removed_row removed where removed.revision <= new.pruned_to;
    return new;
end
$$;

create trigger log_ruleset_revision
    before update on ruleset
    for each row when (old.revision is distinct from new.revision)
    execute function log_ruleset_revision();

-- Without statistics, a read of the latest changes might scan all rows.
analyze ruleset_row;
