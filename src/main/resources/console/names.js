// The names that ids stand for in a project, as far as they are known: the context of words.js.
import { known } from './directory.js';

const byId = (items, name) => Object.fromEntries(items.map((item) => [item.id, name(item)]));

export function names(project, variants) {
  const groups = [...known('mutexes', project), ...known('holdouts', project)];
  return {
    flags: byId(groups, ({ key }) => key),
    cohorts: byId(known('cohorts', project), ({ id, name }) => name || id),
    deployments: byId(known('deployments', project), ({ label }) => label),
    variants,
  };
}
