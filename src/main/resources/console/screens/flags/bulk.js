// What can be done with several flags at once: each action is one change with one difference.
import { html, nothing } from '../../page/lit-html.js';
import { open } from '../../dialogs.js';
import { known } from '../../directory.js';
import { check, choice, several } from '../../fields.js';
import { say } from '../../notices.js';
import { save } from '../../save.js';
import { can, who } from '../../session.js';
import { projects } from '../../shell.js';
import { summaries } from '../../summaries.js';
import { allTags } from './filter.js';

// Of one batch of the API.
const MOST_WRITES = 1_000;

const collection = ({ type }) => (type === 'experiment' ? 'experiments' : 'flags');
const tag = ({ version }) => `"${version}"`;
const patch = (row, body) => ({ method: 'PATCH', path: `/${collection(row)}/${row.id}`, body, ifMatch: tag(row) });

// “3 flags”, “1 experiment”, “2 flags and 1 experiment”
export function counted(rows) {
  const words = (number, word) => (number === 0 ? [] : [`${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`]);
  const experiments = rows.filter(({ type }) => type === 'experiment').length;
  return [...words(rows.length - experiments, 'flag'), ...words(experiments, 'experiment')].join(' and ') || 'nothing';
}

// Shows what the writes change and saves them, as one change. nothingToDo: what to say if there are none.
async function saveAll(project, title, writes, nothingToDo) {
  if (writes.length === 0) {
    say(nothingToDo);
    return undefined;
  }
  if (writes.length > MOST_WRITES) {
    say(`One change has at most ${MOST_WRITES.toLocaleString('en')} writes, and this has ${writes.length.toLocaleString('en')}. Select fewer flags.`, { kind: 'bad' });
    return undefined;
  }
  return save({ project, title, writes });
}

export function turn(project, rows, enabled) {
  const word = enabled ? 'on' : 'off';
  const changed = rows.filter((row) => row.managed && !row.archived && row.enabled !== enabled);
  const raw = rows.filter((row) => !row.managed).length;
  if (raw > 0 && changed.length > 0) {
    say(`${raw} of these flags are defined by JSON, which decides whether they are on. They stay as they are.`);
  }
  return saveAll(
    project,
    `Turn ${counted(changed)} ${word}`,
    changed.map((row) => patch(row, { enabled })),
    raw > 0 ? 'Flags that are defined by JSON are turned on and off there.' : `All of these are ${word}, or archived.`,
  );
}

export function archive(project, rows, archived) {
  const changed = rows.filter((row) => row.archived !== archived);
  const word = archived ? 'Archive' : 'Restore';
  return saveAll(
    project,
    `${word} ${counted(changed)}`,
    changed.map((row) => patch(row, { archive: archived })),
    `All of these are ${archived ? 'archived' : 'in use'} already.`,
  );
}

const buttons = (close, words, isReady) => html`
  <div class="actions">
    <button class="primary" type="button" ?disabled=${!isReady} @click=${() => close(true)}>${words}</button>
    <button type="button" @click=${() => close(undefined)}>Cancel</button>
  </div>
`;

export async function changeTags(project, rows) {
  const state = { added: [], removed: new Set() };
  const present = allTags(rows);
  const many = (name) => rows.filter(({ tags }) => tags.includes(name)).length;
  const confirmed = await open({
    title: `Tags of ${counted(rows)}`,
    content: (close, draw) => html`
      ${several('Add', {
        id: 'tags-added',
        values: state.added,
        suggestions: allTags(summaries(project).rows),
        hint: 'Enter or a comma adds a tag.',
        change: (values) => {
          state.added = values;
          draw();
        },
      })}
      ${present.length === 0
        ? nothing
        : html`<fieldset class="check-list">
            <legend>Remove</legend>
            ${present.map((name) =>
              check(`${name} (${many(name)})`, {
                checked: state.removed.has(name),
                change: (checked) => {
                  state.removed[checked ? 'add' : 'delete'](name);
                  draw();
                },
              }),
            )}
          </fieldset>`}
      ${buttons(close, 'Continue', state.added.length + state.removed.size > 0)}
    `,
  });
  if (!confirmed) {
    return undefined;
  }
  const after = ({ tags }) => [...tags.filter((name) => !state.removed.has(name)), ...state.added.filter((name) => !tags.includes(name))];
  const changed = rows.filter((row) => after(row).join('\n') !== row.tags.join('\n'));
  return saveAll(
    project,
    `Change tags of ${counted(changed)}`,
    changed.map((row) => patch(row, { tags: after(row) })),
    'All of these have these tags already.',
  );
}

export async function changeDeployments(project, rows) {
  const choices = known('deployments', project).filter(
    ({ deleted, allFlags, label }) => !deleted && !allFlags && (who().deployments.length === 0 || who().deployments.includes(label)),
  );
  const wanted = new Map();
  const many = (id) => rows.filter(({ deployments }) => deployments.includes(id)).length;
  const confirmed = await open({
    title: `Deployments of ${counted(rows)}`,
    content: (close, draw) => html`
      ${choices.length === 0
        ? html`<p>There is no deployment to choose: those that serve all flags of the project serve these too.</p>`
        : choices.map(({ id, label }) =>
            choice(label, {
              id: `deployment-${id}`,
              value: wanted.get(id) ?? '',
              options: [
                ['', many(id) === 0 ? 'Serves none of them' : many(id) === rows.length ? 'Serves all of them' : `Serves ${many(id)} of them`],
                ...(many(id) < rows.length ? [['add', 'Serve all of them']] : []),
                ...(many(id) > 0 ? [['remove', 'Serve none of them']] : []),
              ],
              change: (value) => {
                wanted.set(id, value);
                draw();
              },
            }),
          )}
      ${buttons(close, 'Continue', [...wanted.values()].some(Boolean))}
    `,
  });
  if (!confirmed) {
    return undefined;
  }
  const changed = new Set();
  const writes = rows.flatMap((row) => {
    const where = `/${collection(row)}/${row.id}/deployments`;
    const added = [...wanted].filter(([id, what]) => what === 'add' && !row.deployments.includes(id)).map(([id]) => id);
    const removed = [...wanted].filter(([id, what]) => what === 'remove' && row.deployments.includes(id)).map(([id]) => id);
    if (added.length + removed.length > 0) {
      changed.add(row);
    }
    return [
      ...(added.length > 0 ? [{ method: 'POST', path: where, body: { deployments: added } }] : []),
      ...removed.map((id) => ({ method: 'DELETE', path: `${where}/${id}` })),
    ];
  });
  return saveAll(project, `Change deployments of ${counted([...changed])}`, writes, 'All of these have these deployments already.');
}

const nameOf = ({ id, name }) => name || `Project ${id}`;

// The projects that flags of this one can be copied to.
const targets = (project) => projects().filter(({ id }) => id !== project && can('write', id));

export async function copy(project, rows) {
  const choices = targets(project);
  const state = { target: choices[0].id };
  const confirmed = await open({
    title: `Copy ${counted(rows)}`,
    content: (close, draw) => html`
      ${choice('To project', {
        id: 'copy-target',
        value: state.target,
        options: choices.map((each) => [each.id, nameOf(each)]),
        hint: 'A flag that has the same key there gets this definition. It keeps its deployments and its users.',
        change: (value) => {
          state.target = value;
          draw();
        },
      })}
      ${buttons(close, 'Continue', true)}
    `,
  });
  if (!confirmed) {
    return undefined;
  }
  return saveAll(
    state.target,
    `Copy ${counted(rows)} to ${nameOf(choices.find(({ id }) => id === state.target))}`,
    rows.map((row) => ({ method: 'POST', path: `/${collection(row)}/${row.id}/copy`, body: { projectId: state.target } })),
  );
}

// rows: the selected ones. matching: how many rows could be selected.
export function bulkBar({ project, rows, matching, selectAll, selectNone }) {
  const action = (words, run, isOffered = true) => (isOffered ? html`<button type="button" @click=${() => void run()}>${words}</button>` : nothing);
  const isArchived = ({ archived }) => archived;
  return html`
    <div class="bulk" role="region" aria-label="Selected flags">
      <p role="status"><strong>${counted(rows)}</strong> selected</p>
      ${rows.length < matching
        ? html`<button class="small" type="button" @click=${selectAll}>Select all ${matching.toLocaleString('en')} that match</button>`
        : nothing}
      <button class="small" type="button" @click=${selectNone}>Clear</button>
      <span class="fill"></span>
      <div class="bulk-actions">
        ${action('Turn on', () => turn(project, rows, true))} ${action('Turn off', () => turn(project, rows, false))}
        ${action('Tags…', () => changeTags(project, rows))} ${action('Deployments…', () => changeDeployments(project, rows))}
        ${action('Copy…', () => copy(project, rows), targets(project).length > 0)}
        ${action('Restore', () => archive(project, rows, false), rows.some(isArchived))}
        ${action('Archive', () => archive(project, rows, true), !rows.every(isArchived))}
      </div>
    </div>
  `;
}
