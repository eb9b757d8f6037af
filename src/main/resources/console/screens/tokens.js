// Tokens for people and scripts. A token is shown once, after its creation.
import { html, nothing } from '../page/lit-html.js';
import { call, get, path } from '../api.js';
import { ask } from '../ask.js';
import { confirm, open } from '../dialogs.js';
import { choice, several, text } from '../fields.js';
import { listView, liveList, table } from '../lists.js';
import { say } from '../notices.js';
import { newReveals, secret } from '../secrets.js';
import { who } from '../session.js';
import { projectName, projects } from '../shell.js';
import { atTime, when } from '../times.js';

const ROLES = [
  ['viewer', 'Viewer: sees everything but deployment keys'],
  ['editor', 'Editor: changes flags and experiments'],
  ['admin', 'Administrator: changes everything'],
];

const DAY = 86_400_000;
const NEVER = '';
const EXPIRIES = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'One year'],
  [NEVER, 'Never'],
];

export const tokens = {
  name: 'tokens',
  label: 'Tokens',
  right: 'administer',
  open: (place, draw) => {
    const list = liveList(async () => (await get(path('tokens'))).body.tokens, draw);

    async function create() {
      const answer = await ask({
        title: 'New token',
        action: 'Create',
        fields: { name: '', role: 'viewer', projects: [], deployments: [], keyPrefixes: [], expiry: '90' },
        view: (fields, set, ids) => html`
          ${text('Name', { id: ids.name, value: fields.name, change: set('name'), autofocus: true, hint: 'Of the person or script that uses it. History and audit show it.' })}
          ${rights(fields, set, ids)}
          ${choice('Expires', { id: ids.expiry, value: fields.expiry, options: EXPIRIES, change: set('expiry') })}
        `,
        ready: ({ name }) => name.trim() !== '',
        send: async (fields) => {
          const expiresAt = fields.expiry === NEVER ? undefined : new Date(Date.now() + Number(fields.expiry) * DAY).toISOString();
          return (await call('POST', path('tokens'), { body: { name: fields.name.trim(), ...limits(fields), expiresAt } })).body;
        },
      });
      if (answer) {
        await list.reload();
        await showOnce(answer);
      }
    }

    async function edit(token) {
      const answer = await ask({
        title: `Rights of ${token.name}`,
        action: 'Save',
        fields: { role: token.role, projects: token.projects, deployments: token.deployments, keyPrefixes: token.keyPrefixes, expiry: 'keep' },
        view: (fields, set, ids) => html`
          ${rights(fields, set, ids)}
          ${choice('Expires', {
            id: ids.expiry,
            value: fields.expiry,
            options: [['keep', token.expiresAt ? `As now: ${atTime(token.expiresAt)}` : 'As now: never'], ...EXPIRIES.map(([days, words]) => [days, days === NEVER ? words : `${words} from now`])],
            change: set('expiry'),
          })}
        `,
        ready: () => true,
        send: (fields) => {
          const expiry =
            fields.expiry === 'keep' ? {} : { expiresAt: fields.expiry === NEVER ? null : new Date(Date.now() + Number(fields.expiry) * DAY).toISOString() };
          return call('PATCH', path('tokens', token.id), { body: { ...limits(fields), ...expiry } });
        },
      });
      if (answer) {
        await list.reload();
        say(`${token.name} is changed. Other nodes know it within five seconds.`, { kind: 'good' });
      }
    }

    async function revoke(token) {
      const own = token.name === who()?.name;
      const sure = await confirm({
        title: `Revoke ${token.name}?`,
        text: own ? 'This is your own token: you are signed out.' : 'Whoever uses it is refused within five seconds. This cannot be undone.',
        action: 'Revoke',
        dangerous: true,
      });
      if (sure) {
        try {
          await call('DELETE', path('tokens', token.id));
          await list.reload();
          say(`${token.name} is revoked.`, { kind: 'good' });
        } catch (failure) {
          say(failure.message, { kind: 'bad' });
        }
      }
    }

    const expiry = ({ expiresAt }) => {
      const left = expiresAt ? new Date(expiresAt) - Date.now() : Infinity;
      return left === Infinity
        ? 'never'
        : left < 0
          ? html`<span class="badge bad">expired</span>`
          : html`${left < 7 * DAY ? html`<span class="badge warn">soon</span> ` : nothing}${when(expiresAt)}`;
    };

    const view = (items) => html`
      <div class="card">
        ${table(
          'Tokens',
          ['Name', 'Role', 'May see or change', 'Last used', 'Expires', { label: 'Actions', hidden: true }],
          items.map((token) => [
            html`<span class="row-name">${token.name}</span>${token.name === who()?.name ? html`<span class="badge good">you</span>` : nothing}`,
            token.role,
            scope(token),
            when(token.lastUsedAt),
            expiry(token),
            html`<div class="row-actions">
              <button class="small" type="button" @click=${() => edit(token)}>Change<span class="unseen"> the rights of ${token.name}</span></button>
              <button class="small" type="button" @click=${() => revoke(token)}>Revoke<span class="unseen"> ${token.name}</span></button>
            </div>`,
          ]),
        )}
      </div>
    `;

    return {
      title: 'Tokens',
      view: () => html`
        <div class="head">
          <h1>Tokens</h1>
          <span class="fill"></span>
          <button class="primary" type="button" @click=${create}>New token</button>
        </div>
        ${listView(list, view, html`<p class="empty-title">No tokens yet</p><p>Give each person and script a token of its own, with the rights that it needs. History shows who changed what by its name.</p>`)}
      `,
      keys: { n: { does: 'New token', run: () => void create() } },
      close: () => list.close(),
    };
  },
};

function rights(fields, set, ids) {
  const editor = fields.role === 'editor';
  return html`
    ${choice('Role', { id: ids.role, value: fields.role, options: ROLES, change: set('role') })}
    ${several('Projects', {
      id: ids.projects,
      values: fields.projects,
      change: set('projects'),
      suggestions: projects().map(({ id }) => id),
      hint: fields.projects.length === 0 ? 'All projects. Add ids to limit it.' : fields.projects.map((id) => projectName(projects().find((each) => each.id === id) ?? { id })).join(', '),
    })}
    ${editor
      ? html`
          ${several('Deployments', { id: ids.deployments, values: fields.deployments, change: set('deployments'), hint: 'Labels. It may change a flag only if all of its deployments are here. None: any.' })}
          ${several('Keys that begin with', { id: ids.keyPrefixes, values: fields.keyPrefixes, change: set('keyPrefixes'), hint: 'Such as pay-. None: any.' })}
        `
      : nothing}
  `;
}

const limits = ({ role, projects: ids, deployments, keyPrefixes }) => ({
  role,
  projects: ids,
  deployments: role === 'editor' ? deployments : [],
  keyPrefixes: role === 'editor' ? keyPrefixes : [],
});

function scope({ projects: ids, deployments, keyPrefixes }) {
  const named = ids.map((id) => projectName(projects().find((each) => each.id === id) ?? { id }));
  const parts = [
    ids.length === 0 ? 'all projects' : named.join(', '),
    ...(deployments.length === 0 ? [] : [`flags of ${deployments.join(', ')}`]),
    ...(keyPrefixes.length === 0 ? [] : [`keys ${keyPrefixes.map((prefix) => `${prefix}…`).join(', ')}`]),
  ];
  return parts.join('; ');
}

// The dialog is the only place that has the token.
function showOnce({ name, token }) {
  const reveals = newReveals();
  return open({
    title: `Token of ${name}`,
    content: (close, draw) => html`
      <p>Copy it now: the server keeps only its hash, so nobody can show it again.</p>
      <p>${secret({ id: 'token', name: `token of ${name}`, value: token, reveals, draw })}</p>
      <div class="actions"><button class="primary" type="button" @click=${() => close()}>I have it</button></div>
    `,
  });
}
