// Changes of a production project need its key, so that nobody makes them in the wrong project.
import { nothing } from './page/lit-html.js';
import { newId, text } from './fields.js';
import { projects } from './shell.js';

// project: its id; undefined for a change that needs no key. passed(): whether the key is typed, or none is needed.
export function newGuard(project, id = newId()) {
  const needed = projects().find((each) => each.id === project)?.production;
  let typed = '';
  return {
    passed: () => !needed || typed.trim() === project,
    view: (draw) =>
      needed
        ? text(`Type ${project} to change production`, {
            id,
            value: typed,
            hint: `${project} is a production project: users get the change within a second.`,
            change(value) {
              typed = value;
              draw();
            },
          })
        : nothing,
  };
}
