// The flags and experiments of a project in short, for lists of all of them. Read once, and kept up to date.
import { get, lines, path } from './api.js';
import { followed, onChange } from './live.js';
import { draw } from './shell.js';

// Rows are shown as they arrive, but not drawn for each of them.
const DRAWN_EVERY_MS = 100;

// Changed resources are read one by one up to this number, and otherwise the list is read again.
const MOST_READ_ALONE = 20;

// What single resources do not show (why a flag is stale, its groups) is read again after a change, but not more often.
const REFRESHED_EVERY_MS = 60_000;

const COLLECTIONS = { flag: 'flags', experiment: 'experiments' };

// project → {rows, loading, failure, byId, byKey, changed: ids, reading, readAt, timer}
const projects = new Map();

// {rows, loading, failure, reload()}. rows is another array after each change; a row that did not change is the same
// object. A row has also `text`: what a search looks at, in lower case.
export function summaries(project) {
  if (!projects.has(project)) {
    const list = { project, rows: [], loading: true, failure: undefined, byId: new Map(), byKey: undefined, changed: new Set() };
    list.reload = () => load(list);
    projects.set(project, list);
    load(list);
  }
  return projects.get(project);
}

export const byId = (project, id) => summaries(project).byId.get(id);

export function byKey(project, key) {
  const list = summaries(project);
  list.byKey ??= new Map(list.rows.map((row) => [row.key, row]));
  return list.byKey.get(key);
}

onChange((change) => {
  if (change === undefined) {
    projects.forEach((list) => (list.project === followed() ? load(list) : projects.delete(list.project)));
    return;
  }
  const list = projects.get(change.projectId);
  if (list === undefined) {
    return;
  }
  if (change.resourceType in COLLECTIONS) {
    list.changed.add(`${change.resourceType} ${change.resourceId}`);
    queueMicrotask(() => update(list));
  } else if (change.resourceType === 'mutex' || change.resourceType === 'holdout') {
    refreshSoon(list);
  }
});

function put(list, rows) {
  list.rows = rows;
  list.byKey = undefined;
  list.byId = new Map(rows.map((row) => [row.id, row]));
}

const searchable = (row) => {
  row.text = `${row.key}\n${row.name}\n${row.tags.join('\n')}`.toLowerCase();
  return row;
};

async function load(list) {
  if (list.reading) {
    list.again = true;
    return;
  }
  list.reading = true;
  list.again = false;
  list.loading = list.rows.length === 0;
  list.changed.clear();
  clearTimeout(list.timer);
  list.timer = undefined;
  const rows = [];
  let drawnAt = performance.now();
  try {
    for await (const row of lines('GET', path('summaries', { projectId: list.project }))) {
      const before = list.byId.get(row.id);
      rows.push(before !== undefined && same(before, row) ? before : searchable(row));
      // Only the first time: later the old list is better than half of the new one.
      if (list.loading && rows.length % 64 === 0 && performance.now() - drawnAt > DRAWN_EVERY_MS) {
        list.rows = rows.slice();
        draw();
        drawnAt = performance.now();
      }
    }
    put(list, rows);
    list.failure = undefined;
  } catch (failure) {
    list.failure = failure;
  }
  list.reading = false;
  list.loading = false;
  list.readAt = performance.now();
  draw();
  if (list.again) {
    load(list);
  } else if (list.changed.size > 0) {
    update(list);
  }
}

const same = (row, other) => Object.keys(other).every((name) => JSON.stringify(row[name]) === JSON.stringify(other[name]));

// Reads what has changed.
async function update(list) {
  if (list.reading || list.changed.size === 0) {
    return;
  }
  if (list.changed.size > MOST_READ_ALONE) {
    load(list);
    return;
  }
  list.reading = true;
  const wanted = [...list.changed];
  list.changed.clear();
  const read = await Promise.all(wanted.map((each) => readOne(list, ...each.split(' ', 2))));
  list.reading = false;
  if (read.includes(undefined) || list.again) {
    load(list);
    return;
  }
  const changed = new Map(read.map((row) => [row.id, row]));
  const kept = list.rows.filter(({ id }) => !changed.has(id));
  put(list, [...read.filter(({ gone }) => !gone), ...kept]);
  draw();
  refreshSoon(list);
  update(list);
}

// A row; {id, gone: true} if it was deleted; undefined if it cannot be read alone.
async function readOne({ byId: known }, type, id) {
  try {
    const { body, etag } = await get(path(COLLECTIONS[type], id));
    return searchable({
      id,
      key: body.key,
      name: body.name,
      type,
      managed: body.managed !== false,
      enabled: body.managed === false || body.enabled,
      archived: Boolean(body.deleted),
      state: body.state ?? null,
      decision: body.decision ?? null,
      tags: body.tags ?? [],
      deployments: body.deployments ?? [],
      variants: body.variants?.map(({ key }) => key) ?? Object.keys(body.definition?.variants ?? {}),
      rolloutPercentage: body.rolloutPercentage ?? null,
      segmentPercentages: body.targetSegments?.map(({ percentage }) => percentage) ?? [],
      version: Number(/\d+/.exec(etag ?? '')?.[0]),
      createdAt: body.createdAt,
      createdBy: body.createdBy,
      lastModifiedAt: body.lastModifiedAt,
      lastModifiedBy: body.lastModifiedBy,
      lastEvaluated: body.lastEvaluated ?? null,
      stale: known.get(id)?.stale ?? [],
      groups: known.get(id)?.groups ?? [],
    });
  } catch (failure) {
    return failure.status === 404 ? { id, gone: true } : undefined;
  }
}

function refreshSoon(list) {
  list.timer ??= setTimeout(() => load(list), Math.max(1_000, list.readAt + REFRESHED_EVERY_MS - performance.now()));
}
