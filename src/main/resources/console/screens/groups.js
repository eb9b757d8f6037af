// Mutual exclusion groups and holdout groups: each is one bar of traffic.
import { html, nothing } from '../page/lit-html.js';
import { all, get, path } from '../api.js';
import { forget } from '../directory.js';
import { listView, liveList } from '../lists.js';
import { say } from '../notices.js';
import { href } from '../router.js';
import { save } from '../save.js';
import { can } from '../session.js';
import { byId, summaries } from '../summaries.js';
import { holdoutBar, mutexBar } from './groups/bars.js';
import { body, COLLECTIONS, draftOf, obstacle, writes } from './groups/drafts.js';
import { editor } from './groups/editor.js';
import { historyOf } from './history.js';

const WORDS = {
  mutex: ['mutual exclusion', 'A user is in at most one of these experiments.'],
  holdout: ['holdout', 'Users who are held out are in none of these experiments.'],
};

const readAll = async (project) => {
  const filter = { projectId: project, includeArchived: true, limit: 1_000 };
  const [mutexes, holdouts] = await Promise.all([all(path('mutexes', filter), 'mutexes'), all(path('holdouts', filter), 'holdouts')]);
  return [...mutexes.map((group) => ({ ...group, kind: 'mutex' })), ...holdouts.map((group) => ({ ...group, kind: 'holdout' }))];
};

// Without ids: all groups. With [kind, id]: the history of one.
export const groups = {
  name: 'groups',
  label: 'Groups',
  ofProject: true,
  open: ({ project, ids }, draw) => (ids.length === 2 && ids[0] in COLLECTIONS ? past(project, ids, draw) : present(project, draw)),
};

function past(project, [kind, id], draw) {
  const history = historyOf({ project, type: kind, id }, draw);
  const list = liveList(() => readAll(project), draw);
  const name = () => list.items?.find((group) => group.id === id)?.name ?? `Group ${id}`;
  return {
    title: () => `History of ${name()}`,
    view: () => html`
      <div class="head">
        <h1>${name()}</h1>
        <a href=${href({ project, screen: 'groups' })}>All groups</a>
      </div>
      ${history.view()}
    `,
    moved: draw,
    close() {
      history.close();
      list.close();
    },
  };
}

function present(project, draw) {
  const state = { archived: false };
  // By the id of a group, or 'new 1'.
  const drafts = new Map();
  let created = 0;
  const list = liveList(
    () => readAll(project),
    draw,
    (change) => change.projectId === project && change.resourceType in COLLECTIONS,
  );
  const administrator = () => can('administer', project);
  const edited = () => [...drafts.values()];
  const changed = () => edited().filter((draft) => body(draft, project) !== undefined);

  async function edit({ id, kind }) {
    try {
      const { body: group, etag } = await get(path(COLLECTIONS[kind], id));
      drafts.set(id, draftOf(kind, group, etag));
      draw();
    } catch (failure) {
      say(failure.message, { kind: 'bad' });
    }
  }

  function create(kind) {
    drafts.set(`new ${(created += 1)}`, draftOf(kind));
    draw();
  }

  function discard(id) {
    drafts.delete(id);
    draw();
  }

  const saved = () => {
    forget('mutexes', project);
    forget('holdouts', project);
    return list.reload();
  };

  async function saveAll() {
    const saving = changed();
    if (saving.length === 0 || obstacle(saving) !== undefined) {
      return;
    }
    const title = saving.length === 1 ? `Changes of ${saving[0].name.trim()}` : `Changes of ${saving.length} groups`;
    if (await save({ project, title, writes: writes(saving, project) })) {
      drafts.clear();
      await saved();
    }
  }

  async function write(title, group, method, below, body) {
    const answer = await save({ project, title, writes: [{ method, path: `/${COLLECTIONS[group.kind]}/${group.id}${below}`, body }] });
    if (answer) {
      drafts.delete(group.id);
      await saved();
    }
  }

  const experiment = (id) => {
    const row = byId(project, String(id));
    return html`<a class="flag-key" href=${href({ project, screen: row?.type ?? 'experiment', ids: [String(id)] })}>${row?.key ?? id}</a>`;
  };
  const listed = (ids) => (ids.length === 0 ? html`<span class="hint">no experiment</span>` : ids.map((id, i) => html`${i === 0 ? '' : ', '}${experiment(id)}`));

  const raw = () => html`<p class="hint">It was written as evaluation JSON. Manage it here to edit it.</p>`;

  function content(group) {
    if (group.managed === false) {
      return raw();
    }
    return group.kind === 'mutex'
      ? mutexBar(group.slots, ({ experiments, individuals, cohorts }) => html`${listed(experiments)}${extras(individuals, cohorts)}`)
      : html`${holdoutBar(group.holdoutPercentage)}<p>${listed(group.experiments)}${extras(group.individualInclusion, [])}</p>`;
  }

  const extras = (individuals, cohorts) =>
    individuals.length + cohorts.length === 0
      ? nothing
      : html` <span class="hint">always: ${[...individuals, ...cohorts].slice(0, 3).join(', ')}${individuals.length + cohorts.length > 3 ? ' and others' : ''}</span>`;

  const buttons = (group) => {
    const { name } = group;
    const of = html`<span class="unseen"> ${name}</span>`;
    const history = html`<a class="row-link" href=${href({ project, screen: 'groups', ids: [group.kind, group.id] })}>History<span class="unseen"> of ${name}</span></a>`;
    if (!administrator()) {
      return history;
    }
    if (group.deleted) {
      return html`${history}
        <button class="small" type="button" @click=${() => write(`Restore ${name}`, group, 'PATCH', '', { archive: false })}>Restore${of}</button>
        <button class="small" type="button" @click=${() => write(`Delete ${name} for good`, group, 'DELETE', '')}>Delete for good${of}</button>`;
    }
    return html`${history}
      ${group.managed === false
        ? html`<button class="small" type="button" @click=${() => write(`Manage ${name}`, group, 'POST', '/adopt')}>Manage${of}</button>`
        : html`<button class="small" type="button" @click=${() => edit(group)}>Edit${of}</button>`}
      <button class="small" type="button" @click=${() => write(`Archive ${name}`, group, 'PATCH', '', { archive: true })}>Archive${of}</button>`;
  };

  const head = (kind, name, key, actions, tags = nothing) => html`
    <div class="group-head">
      <h2>${name}</h2>
      <span class="badge off">${WORDS[kind][0]}</span>
      ${tags}
      ${key ? html`<code class="hint">${key}</code>` : nothing}
      <span class="fill"></span>
      <div class="row-actions">${actions}</div>
    </div>
  `;

  function card(group) {
    const draft = drafts.get(group.id);
    return html`
      <section class="card" data-group=${group.key} aria-label=${group.name}>
        ${draft === undefined
          ? html`${head(group.kind, group.name, group.key, buttons(group), group.deleted ? html`<span class="badge off">archived</span>` : nothing)}
              <p class="hint">${WORDS[group.kind][1]}</p>
              ${content(group)}`
          : form(group.id, draft)}
      </section>
    `;
  }

  const form = (id, draft) => html`
    ${head(draft.kind, draft.name || `New group`, draft.original?.key, html`<button class="small" type="button" @click=${() => discard(id)}>Discard</button>`)}
    <p class="hint">${WORDS[draft.kind][1]}</p>
    ${editor(draft, { project, drafts: edited(), id: `group-${id.replace(' ', '-')}`, draw })}
  `;

  function bar() {
    if (drafts.size === 0) {
      return nothing;
    }
    const changes = changed();
    const why = obstacle(changes);
    return html`
      <div class="save-bar" role="region" aria-label="Unsaved changes">
        <p>${changes.length === 0 ? 'Nothing is changed yet.' : (why ?? (changes.length === 1 ? 'One group is changed.' : `${changes.length} groups are changed: they are saved together.`))}</p>
        <button type="button" @click=${() => {
          drafts.clear();
          draw();
        }}>Discard</button>
        <button class="primary" type="button" ?disabled=${changes.length === 0 || why !== undefined} @click=${saveAll}>Save…</button>
      </div>
    `;
  }

  return {
    title: 'Groups',
    view: () => {
      summaries(project);
      const archived = (list.items ?? []).filter(({ deleted }) => deleted).length;
      return html`
        <div class="head">
          <h1>Groups</h1>
          <span class="fill"></span>
          ${administrator()
            ? html`<button type="button" @click=${() => create('mutex')}>New mutual exclusion group</button>
                <button type="button" @click=${() => create('holdout')}>New holdout group</button>`
            : nothing}
        </div>
        ${[...drafts].filter(([, draft]) => draft.original === undefined).map(([id, draft]) => html`<section class="card" aria-label="New group">${form(id, draft)}</section>`)}
        ${listView(
          list,
          (items) => items.filter(({ deleted }) => state.archived || !deleted).map(card),
          drafts.size > 0 ? nothing : html`<p class="empty-title">No groups yet</p><p>A mutual exclusion group keeps experiments apart. A holdout group keeps some users out of all of its experiments.</p>`,
        )}
        ${archived === 0
          ? nothing
          : html`<button class="small" type="button" aria-pressed=${state.archived} @click=${() => {
              state.archived = !state.archived;
              draw();
            }}>${state.archived ? 'Hide' : 'Show'} archived (${archived})</button>`}
        ${bar()}
      `;
    },
    keys: {
      'Ctrl+S': { does: 'Save the groups', run: () => void saveAll() },
    },
    close: () => list.close(),
  };
}
