// The audit: every change by everybody, with filters that are in the address.
import { html, nothing } from '../page/lit-html.js';
import { download, path } from '../api.js';
import { ACTIONS, auditLog, KINDS, older, resource } from '../audit.js';
import { choice, text } from '../fields.js';
import { table } from '../lists.js';
import { say } from '../notices.js';
import { problem } from '../problems.js';
import { refine } from '../router.js';
import { atTime } from '../times.js';
import { bothDifferences } from './history/story.js';

const FIELDS = ['actor', 'resourceId', 'action', 'start', 'end'];

// A filter is applied once typing pauses.
const PAUSE_MS = 250;

export const audit = {
  name: 'audit',
  label: 'Audit',
  ofProject: true,
  open: (place, draw) => {
    const { project } = place;
    const filters = Object.fromEntries(FIELDS.map((name) => [name, place.query.get(name) ?? '']));
    const opened = new Set();
    let log;
    let timer;

    const parameters = () => ({ projectId: project, ...filters, start: instant(filters.start), end: instant(filters.end) });

    function start() {
      log?.close();
      opened.clear();
      log = auditLog(parameters(), draw);
    }
    start();

    const set = (name) => (value) => {
      filters[name] = value;
      refine(Object.fromEntries(Object.entries(filters).filter(([, each]) => each !== '')));
      clearTimeout(timer);
      timer = setTimeout(start, PAUSE_MS);
      draw();
    };

    async function saveAll() {
      try {
        await download(path('audit', parameters()), { accept: 'application/x-ndjson', name: `audit-${project}.ndjson` });
      } catch (failure) {
        say(failure.message, { kind: 'bad' });
      }
    }

    const time = (label, name) => html`
      <div class="field">
        <label for="audit-${name}">${label}</label>
        <input id="audit-${name}" type="datetime-local" .value=${filters[name]} @input=${(event) => set(name)(event.target.value)}>
      </div>
    `;

    const toggle = (number) => {
      if (!opened.delete(number)) {
        opened.add(number);
      }
      draw();
    };

    const row = (entry) => ({
      cells: [
        html`<time datetime=${entry.at}>${atTime(entry.at)}</time>`,
        html`<button class="link" type="button" @click=${() => set('actor')(entry.actor)}>${entry.actor}</button>`,
        html`${ACTIONS[entry.action] ?? entry.action} ${KINDS[entry.kind] ?? entry.kind} ${resource(entry)}${entry.version ? html` <span class="hint">version ${entry.version}</span>` : nothing}`,
        html`${entry.reason ? html`${entry.reason}<br>` : nothing}<span class="hint">${entry.door}${entry.revision ? `, revision ${entry.revision}` : ''}</span>`,
        html`<div class="row-actions">
          <button class="small" type="button" aria-expanded=${opened.has(entry.number)} @click=${() => toggle(entry.number)}>
            ${opened.has(entry.number) ? 'Hide' : 'Difference'}<span class="unseen"> of entry ${entry.number}</span>
          </button>
        </div>`,
      ],
      below: opened.has(entry.number) ? bothDifferences(entry.exact()) : nothing,
    });

    return {
      title: 'Audit',
      view: () => html`
        <div class="head">
          <h1>Audit</h1>
          <span class="fill"></span>
          <button type="button" @click=${saveAll}>Download all as NDJSON</button>
        </div>
        <div class="card audit-filters" role="search" aria-label="Filters of the audit">
          ${text('Who', { id: 'audit-actor', value: filters.actor, change: set('actor'), placeholder: 'name of a token' })}
          ${choice('What', {
            id: 'audit-action',
            value: filters.action,
            options: [['', 'Any action'], ...Object.entries(ACTIONS)],
            change: set('action'),
          })}
          ${text('Id of the resource', { id: 'audit-resourceId', value: filters.resourceId, change: set('resourceId') })}
          ${time('From', 'start')} ${time('To', 'end')}
          ${Object.values(filters).some((value) => value !== '')
            ? html`<button type="button" @click=${() => {
                FIELDS.forEach((name) => (filters[name] = ''));
                set('actor')('');
              }}>Clear</button>`
            : nothing}
        </div>
        ${problem(log.failure, log.reload)}
        ${log.entries === undefined
          ? log.failure ? nothing : html`<p class="hint">Loading…</p>`
          : log.entries.length === 0
            ? html`<div class="empty"><p class="empty-title">No entries</p><p>No change fits these filters.</p></div>`
            : html`<div class="card">
                ${table('Audit', ['When', 'Who', 'What', 'Why and how', { label: 'Actions', hidden: true }], log.entries.map(row))}
              </div>`}
        ${older(log)}
      `,
      moved: (there) => {
        const changed = FIELDS.filter((name) => filters[name] !== (there.query.get(name) ?? ''));
        changed.forEach((name) => (filters[name] = there.query.get(name) ?? ''));
        if (changed.length > 0) {
          start();
        }
      },
      close: () => {
        clearTimeout(timer);
        log.close();
      },
    };
  },
};

// A local time of a field as an instant; undefined if it is incomplete.
function instant(text) {
  const time = new Date(text);
  return text === '' || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
