// Deployments and their keys.
import { html, nothing } from '../page/lit-html.js';
import { all, call, path } from '../api.js';
import { ask } from '../ask.js';
import { confirm } from '../dialogs.js';
import { forget } from '../directory.js';
import { choice, text } from '../fields.js';
import { listView, liveList, number, table } from '../lists.js';
import { say } from '../notices.js';
import { href } from '../router.js';
import { newReveals, secret } from '../secrets.js';
import { can } from '../session.js';
import { summaries } from '../summaries.js';
import { atTime, when } from '../times.js';

const TYPES = [
  ['server', 'Server: the key is secret, for back ends'],
  ['client', 'Client: the key is public, for browsers and mobile applications'],
];

const OVERLAPS = [
  ['24', 'One day'],
  ['168', 'One week'],
  ['720', '30 days'],
  ['1', 'One hour'],
  ['0', 'None: the present key has leaked'],
];

export const deployments = {
  name: 'deployments',
  label: 'Deployments',
  ofProject: true,
  open: ({ project }, draw) => {
    const state = { archived: false };
    const reveals = newReveals();
    const list = liveList(
      () => all(path('deployments', { projectId: project, allZones: true, limit: 1_000 }), 'deployments'),
      draw,
      (change) => change.projectId === project && change.resourceType === 'deployment',
    );
    const administrator = () => can('administer', project);

    async function changed(words) {
      forget('deployments', project);
      await list.reload();
      say(words, { kind: 'good' });
    }

    async function create() {
      const answer = await ask({
        title: 'New deployment',
        action: 'Create',
        fields: { label: '', type: 'server' },
        view: (fields, set, ids) => html`
          ${text('Label', { id: ids.label, value: fields.label, change: set('label'), autofocus: true, hint: 'Letters, digits, _ and -, such as shop-production.' })}
          ${choice('Type', { id: ids.type, value: fields.type, options: TYPES, change: set('type') })}
        `,
        ready: ({ label }) => /^[A-Za-z0-9_-]{1,200}$/.test(label),
        send: ({ label, type }, key) => call('POST', path('deployments'), { key, body: { projectId: project, label, type } }),
      });
      if (answer) {
        await changed('The deployment is created.');
      }
    }

    async function rotate(deployment) {
      const answer = await ask({
        title: `New key for ${deployment.label}`,
        action: 'Give it a new key',
        project,
        fields: { hours: '24' },
        view: (fields, set, ids) => html`
          ${choice('Time to change applications', { id: ids.hours, value: fields.hours, options: OVERLAPS, change: set('hours') })}
          ${fields.hours === '0'
            ? html`<p class="warning">All applications with the present key fail at once, until they have the new one.</p>`
            : html`<p>The present key stays valid until ${atTime(Date.now() + fields.hours * 3_600_000)}. This page shows whether an application still uses it.</p>`}
        `,
        ready: () => true,
        send: ({ hours }, key) => call('POST', path('deployments', deployment.id, 'rotate'), { key, body: { overlapHours: Number(hours) } }),
      });
      if (answer) {
        reveals.clear();
        await changed(`${deployment.label} has a new key.`);
      }
    }

    async function archive(deployment) {
      const sure = await confirm({
        title: `Archive ${deployment.label}?`,
        text: 'Applications with its key get no flags any more, within a second. You can restore it.',
        action: 'Archive',
        dangerous: true,
      });
      if (sure) {
        await edit(() => call('PATCH', path('deployments', deployment.id), { body: { archive: true } }), `${deployment.label} is archived.`);
      }
    }

    const restore = (deployment) =>
      edit(() => call('PATCH', path('deployments', deployment.id), { body: { archive: false } }), `${deployment.label} is restored.`);

    async function edit(send, words) {
      try {
        await send();
        await changed(words);
      } catch (failure) {
        say(failure.message, { kind: 'bad' });
      }
    }

    function flagsOf(deployment) {
      if (deployment.allFlags) {
        return html`<a href=${href({ project, screen: 'flags' })}>all flags</a>`;
      }
      const { rows, loading } = summaries(project);
      const count = rows.filter((row) => !row.archived && row.deployments.includes(deployment.id)).length;
      return loading
        ? html`<span class="hint">…</span>`
        : html`<a href=${href({ project, screen: 'flags', query: { deployment: deployment.id } })}>${count === 1 ? 'one flag' : `${number(count)} flags`}</a>`;
    }

    const keyOf = (deployment) => html`
      ${deployment.key === undefined
        ? html`<span class="hint">only administrators see it</span>`
        : secret({ id: `${deployment.id} key`, name: `key of ${deployment.label}`, value: deployment.key, reveals, draw })}
      ${deployment.previousKey ? previousKey(deployment) : nothing}
    `;

    const previousKey = ({ previousKey: { expiresAt }, previousKeyLastUsed }) =>
      new Date(expiresAt) < Date.now()
        ? nothing
        : html`<p class="previous ${previousKeyLastUsed ? 'in-use' : ''}">
            Previous key: valid until ${atTime(expiresAt)}, ${previousKeyLastUsed ? html`last used ${when(previousKeyLastUsed)}` : 'not used any more'}.
          </p>`;

    const actions = (deployment) =>
      !administrator()
        ? nothing
        : deployment.deleted
          ? html`<button class="small" type="button" @click=${() => restore(deployment)}>Restore<span class="unseen"> ${deployment.label}</span></button>`
          : html`
              <button class="small" type="button" @click=${() => rotate(deployment)}>New key<span class="unseen"> for ${deployment.label}</span></button>
              <button class="small" type="button" @click=${() => archive(deployment)}>Archive<span class="unseen"> ${deployment.label}</span></button>
            `;

    const name = ({ label, type, zone, deleted }) => html`
      <span class="row-name">${label}</span>
      <span class="badge off">${type ?? 'unknown type'}</span>
      ${zone ? html`<span class="hint">zone ${zone}</span>` : nothing}
      ${deleted ? html`<span class="badge off">archived</span>` : nothing}
    `;

    function view(items) {
      const archived = items.filter(({ deleted }) => deleted).length;
      const shown = items.filter(({ deleted }) => state.archived || !deleted);
      return html`
        <div class="card">
          ${table(
            'Deployments',
            ['Deployment', 'Key', 'Last used', 'Serves', { label: 'Actions', hidden: true }],
            shown.map((each) => [name(each), keyOf(each), when(each.lastUsed), flagsOf(each), html`<div class="row-actions">${actions(each)}</div>`]),
          )}
        </div>
        ${archived === 0
          ? nothing
          : html`<button class="small" type="button" aria-pressed=${state.archived} @click=${() => {
              state.archived = !state.archived;
              draw();
            }}>${state.archived ? 'Hide' : 'Show'} archived (${archived})</button>`}
      `;
    }

    return {
      title: 'Deployments',
      view: () => html`
        <div class="head">
          <h1>Deployments</h1>
          <span class="fill"></span>
          ${administrator() ? html`<button class="primary" type="button" @click=${create}>New deployment</button>` : nothing}
        </div>
        ${listView(
          list,
          view,
          html`<p class="empty-title">No deployments yet</p>
            <p>An application asks for flags with the key of a deployment. Create one for each application and environment.</p>`,
        )}
      `,
      keys: { n: { does: 'New deployment', run: () => (administrator() ? void create() : false) } },
      close: () => {
        reveals.clear();
        list.close();
      },
    };
  },
};
