// The names that ids stand for in a project, as far as they are known: the context of words.js.
import { known } from './directory.js';
import { byId as row } from './summaries.js';

const byId = (items, name) => Object.fromEntries(items.map((item) => [item.id, name(item)]));

export function names(project, variants) {
  const groups = [...known('mutexes', project), ...known('holdouts', project)];
  return {
    // There may be thousands of flags: each is looked up when its name is needed.
    flags: new Proxy(byId(groups, ({ key }) => key), { get: (keys, id) => keys[id] ?? (typeof id === 'string' ? row(project, id)?.key : undefined) }),
    cohorts: byId(known('cohorts', project), ({ id, name }) => name || id),
    deployments: byId(known('deployments', project), ({ label }) => label),
    variants,
  };
}
