-- Cohorts that were uploaded. The revision is that of all of them together, in milliseconds since 1970, and that of the
-- last change; a cohort is as old as the revision that brought it.

create table cohort_state (
    only_row boolean primary key default true check (only_row),
    revision bigint  not null
);

insert into cohort_state (revision) values (0);

create sequence cohort_upload;

create table uploaded_cohort (
    id            text   primary key,
    group_type    text   not null,
    last_modified bigint not null,
    size          bigint not null,
    bytes         bigint not null,
    checksum      bigint not null,
    upload        bigint not null unique
);

-- Members as JSON strings in UTF-8 with commas between them, cut into pieces anywhere.
create table cohort_chunk (
    upload  bigint  not null,
    number  integer not null,
    members bytea   not null,
    primary key (upload, number)
);

-- Compressing would take the database longer than writing it.
alter table cohort_chunk alter column members set storage external;

-- Told on commit, so whoever listens reads what the notification is about.
create function tell_cohort_revision() returns trigger language plpgsql as $$
begin
    perform pg_notify('variate_cohorts', new.revision::text);
    return null;
end
$$;

create trigger tell_cohort_revision
    after update on cohort_state
    for each row when (old.revision is distinct from new.revision)
    execute function tell_cohort_revision();
