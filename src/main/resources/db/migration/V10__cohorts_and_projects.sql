-- What people note about uploaded cohorts, and who changed them. The members stay in their pieces: a version records their
-- number and checksum only. Releases without these tables change uploads without a version.

create table cohort_detail (
    cohort      text        primary key, -- as in uploaded_cohort: the id, which includes a named project
    number      bigint      not null unique default nextval('resource_id'), -- names the cohort in the audit
    name        text        not null,
    description text        not null,
    version     bigint      not null, -- the latest, from 1
    created_at  timestamptz not null,
    created_by  text        not null,
    modified_at timestamptz not null,
    modified_by text        not null
);

create table cohort_version (
    number      bigint      not null references cohort_detail (number) on delete cascade,
    version     bigint      not null,
    name        text        not null,
    description text        not null,
    group_type  text        not null,
    size        bigint      not null,
    checksum    bigint      not null,
    created_at  timestamptz not null,
    created_by  text        not null,
    door        text        not null,
    reason      text,
    primary key (number, version)
);

-- Uploads from before this migration get their first version.
insert into cohort_detail (cohort, name, description, version, created_at, created_by, modified_at, modified_by)
select id, coalesce(nullif(split_part(id, chr(31), 2), ''), id), '', 1,
    to_timestamp(last_modified / 1000.0), 'unknown', to_timestamp(last_modified / 1000.0), 'unknown'
from uploaded_cohort;

insert into cohort_version (number, version, name, description, group_type, size, checksum, created_at, created_by, door)
select number, 1, name, description, group_type, size, checksum, created_at, created_by, 'unknown'
from cohort_detail join uploaded_cohort on id = cohort;

-- The project without a name always exists, also without a row, so it has a name, a description and versions too.
with created as (
    insert into resource (id, kind, project, namespace, key, archived, definition, version,
        created_at, created_by, modified_at, modified_by)
    select id, 'project', '', 'project', '', false,
        ('{"id":"' || id || '","projectId":"1","name":"","description":"","settings":{},"deleted":false}')::json,
        1, now(), 'system', now(), 'system'
    from (select nextval('resource_id') as id) drawn
    where not exists (select from resource where namespace = 'project' and key = '')
    returning id, version, definition, created_at, created_by)
insert into resource_version (resource, version, definition, revision, created_at, created_by, door)
select id, version, definition, 0, created_at, created_by, 'unknown' from created;

-- Kept answers belong to a token, not to its name, which a later token may have. Earlier ones are forgotten, because it is
-- unknown whose they are.
delete from idempotent_answer;
alter table idempotent_answer add column revision bigint, add column warnings text[] not null default '{}';
