-- Management: the resources that people and scripts edit, beside the rows that nodes read. A write stores resource, version,
-- rows, audit entry and revision in one transaction, which locks the ruleset first. So writes are serial.
--
-- Nodes of the previous release know nothing of these tables. What they write is reconciled by the next writer that does.

-- One sequence for all kinds, so that an id leads to one resource.
create sequence resource_id;

create table resource (
    id          bigint      primary key,
    kind        text        not null,
    project     text        not null,
    namespace   text        not null, -- in which keys are unique: flags, experiments and groups share one
    key         text        not null,
    archived    boolean     not null,
    definition  json        not null,
    version     bigint      not null, -- the latest, from 1
    created_at  timestamptz not null,
    created_by  text        not null,
    modified_at timestamptz not null,
    modified_by text        not null,
    -- Two resources of one transaction may swap keys.
    constraint resource_key unique (project, namespace, key) deferrable initially deferred
);

create index resource_kind on resource (kind, id);

-- What a resource refers to. Found from both ends, so that a change of a parent reaches its children.
create table resource_reference (
    source bigint not null references resource on delete cascade,
    target bigint not null,
    role   text   not null,
    primary key (source, target, role)
);

create index resource_reference_target on resource_reference (target);

create table resource_version (
    resource   bigint      not null references resource on delete cascade,
    version    bigint      not null,
    definition json        not null,
    compiled   json,                 -- the definition of the row, or null if the resource has none
    revision   bigint      not null, -- of the ruleset after the write
    created_at timestamptz not null,
    created_by text        not null,
    door       text        not null,
    reason     text,
    primary key (resource, version)
);

create index resource_version_time on resource_version (created_at, resource, version);

-- Remains when a resource is deleted for good. Never contains credentials.
create table audit_entry (
    number          bigint      generated always as identity primary key,
    created_at      timestamptz not null,
    actor           text        not null,
    door            text        not null,
    reason          text,
    request_id      text        not null,
    action          text        not null,
    kind            text        not null,
    resource        bigint      not null,
    project         text        not null,
    label           text        not null, -- the key, or the label of a deployment, whose key is secret
    version         bigint      not null,
    revision        bigint,               -- null if evaluation cannot see the change
    definition_diff json        not null,
    compiled_diff   json        not null
);

create index audit_entry_time on audit_entry (created_at);
create index audit_entry_resource on audit_entry (resource);
create index audit_entry_project on audit_entry (project, number);

-- The first answer to a request with an Idempotency-Key.
create table idempotent_answer (
    actor       text        not null,
    key         text        not null,
    fingerprint text        not null,
    status      integer     not null,
    entity_tag  text,
    body        text        not null,
    created_at  timestamptz not null,
    primary key (actor, key)
);

create index idempotent_answer_time on idempotent_answer (created_at);

-- Rows up to this revision agree with the resources. An unknown history stands for rows that were never reconciled.
create table management_state (
    only_row boolean primary key default true check (only_row),
    history  text    not null,
    revision bigint  not null
);

insert into management_state (history, revision) values ('', 0);
