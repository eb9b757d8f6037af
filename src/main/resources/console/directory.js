// What is few and named everywhere: projects, deployments, cohorts and groups. Read once, and again after a change.
import { all, path } from './api.js';
import { onChange } from './live.js';

const RESOURCES = {
  deployments: ['deployments', 'deployment'],
  cohorts: ['cohorts', 'cohort'],
  mutexes: ['mutexes', 'mutex'],
  holdouts: ['holdouts', 'holdout'],
};

const loaded = new Map();
let draw = () => {};

export const drawDirectoryWith = (redraw) => {
  draw = redraw;
};

onChange((change) => {
  for (const entry of loaded.values()) {
    if (change === undefined || (change.projectId === entry.project && change.resourceType === RESOURCES[entry.name][1])) {
      entry.isOld = true;
    }
  }
  draw();
});

// The resources of a project as far as they are known: an empty list until they have arrived, which draws again. After a
// change the former ones until then.
export function known(name, project) {
  const key = `${name} ${project}`;
  const before = loaded.get(key);
  if (before === undefined || before.isOld) {
    const entry = { name, project, items: before?.items ?? [] };
    loaded.set(key, entry);
    read(name, project).then(
      (items) => {
        entry.items = items;
        draw();
      },
      () => loaded.delete(key),
    );
  }
  return loaded.get(key).items;
}

// The same as a promise; rejects with Failure. Reads again what has changed.
export async function read(name, project) {
  return all(path(RESOURCES[name][0], { projectId: project, limit: 1_000 }), name);
}

export function forget(name, project) {
  loaded.delete(`${name} ${project}`);
}
