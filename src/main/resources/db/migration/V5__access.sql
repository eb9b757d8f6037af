-- Tokens of the management API, and the usage of flags and deployment keys.

-- Only the SHA-256 of a token is stored. A revoked token is deleted. A project without a name is the empty text.
create table access_token (
    id           bigint      generated always as identity primary key,
    name         text        not null unique,
    digest       bytea       not null unique,
    role         text        not null check (role in ('viewer', 'editor', 'admin')),
    projects     text[]      not null, -- in each list, nothing means everything
    deployments  text[]      not null,
    key_prefixes text[]      not null,
    created_by   text        not null, -- name of a token
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz -- within a minute
);

-- Each node adds what it has counted. Flags and deployments that exist no more keep their rows.
create table flag_usage (
    project        text        not null,
    key            text        not null,
    evaluations    bigint      not null,
    last_evaluated timestamptz not null,
    primary key (project, key)
);

-- When the counting started: a flag without usage may have been evaluated before.
create table usage_start (
    only_row   boolean     primary key default true check (only_row),
    started_at timestamptz not null
);

insert into usage_start (started_at) values (now());

-- The id is the start of a hash of the deployment key, as the API shows it.
create table deployment_usage (
    id        text        primary key,
    uses      bigint      not null,
    last_used timestamptz not null
);
