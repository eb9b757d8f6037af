-- What lists show of each flag and experiment, so that they need not read definitions, which may be large. The writer of a
-- version adds its summary; the first reader adds those of versions that earlier releases wrote.
create table resource_summary (
    resource bigint primary key references resource on delete cascade,
    version  bigint not null, -- that the summary describes
    summary  text   not null
);
