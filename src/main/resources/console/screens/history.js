// The history of a project, and of one flag, experiment or group.
import { html, nothing } from '../page/lit-html.js';
import { get, path } from '../api.js';
import { auditLog, older } from '../audit.js';
import { known } from '../directory.js';
import { problem } from '../problems.js';
import { place, refine } from '../router.js';
import { save } from '../save.js';
import { can } from '../session.js';
import { comparison } from './history/comparison.js';
import { story } from './history/story.js';
import { questionOfThen } from './history/then.js';

const COLLECTIONS = { flag: 'flags', experiment: 'experiments', mutex: 'mutexes', holdout: 'holdouts' };

// The history of one resource, as a part of another screen: {view(), close()}. type: a key of COLLECTIONS.
export function historyOf({ project, type, id }, draw) {
  const collection = COLLECTIONS[type];
  const hasVariants = type === 'flag' || type === 'experiment';
  const state = { resource: undefined, read: false };
  const opened = new Set();
  const log = auditLog({ projectId: project, resourceId: id }, draw, (change) => change.resourceId === id && readResource());
  const entries = () => log.entries ?? [];
  const newest = () => Math.max(0, ...entries().map(({ version }) => version ?? 0));
  const compared = comparison({ collection, id, newest, entries }, draw);
  let question;

  // Says true, so that the log is read again as well.
  function readResource() {
    get(path(collection, id)).then(
      ({ body }) => {
        state.resource = body;
        state.read = true;
        question ??= hasVariants ? questionOfThen({ project, key: body.key }, draw) : undefined;
        draw();
      },
      // Without the resource nobody can restore a version of it; the log tells why.
      () => {
        state.read = true;
        draw();
      },
    );
    return true;
  }
  readResource();

  function mayRestore() {
    if (state.resource === undefined) {
      return false;
    }
    if (!hasVariants) {
      return can('administer', project);
    }
    const labels = new Map(known('deployments', project).map((deployment) => [deployment.id, deployment.label]));
    return can('write', project, { key: state.resource.key, deployments: (state.resource.deployments ?? []).map((each) => labels.get(each) ?? each) });
  }

  async function restore(version) {
    const answer = await save({
      project,
      title: `Restore version ${version} of ${state.resource.key}`,
      writes: [{ method: 'POST', path: `/${collection}/${id}/versions/${version}/revert` }],
    });
    if (answer) {
      readResource();
      await log.reload();
    }
  }

  const buttons = (entry) => html`
    ${entry.version > 0 && newest() > 1 && entry.version < newest()
      ? html`<button class="small" type="button" @click=${() => compared.choose(entry.version, newest())}>Compare with now</button>`
      : nothing}
    ${entry.version > 0 && entry.version < newest() && mayRestore()
      ? html`<button class="small" type="button" @click=${() => restore(entry.version)}>Restore this version</button>`
      : nothing}
    ${question === undefined
      ? nothing
      : html`<button class="small" type="button" @click=${() => {
          question.askAfter(entry);
          show('then');
        }}>Ask as of then</button>`}
  `;

  const changes = () => html`
    ${compared.view()}
    ${problem(log.failure, log.reload)}
    ${log.entries === undefined || !state.read
      ? log.failure ? nothing : html`<p class="hint">Loading…</p>`
      : log.entries.length === 0
        ? html`<p class="hint">Nobody has changed this yet.</p>`
        : story(log.entries, { opened, draw, buttons })}
    ${older(log)}
  `;

  return {
    view: () => html`
      <div class="stack history">
        ${question === undefined ? nothing : views('Changes', draw)}
        ${question !== undefined && shown() === 'then' ? question.view() : changes()}
      </div>
    `,
    close: () => log.close(),
  };
}

// Which of the two views the address selects: ?view=then
const shown = () => (place().query.get('view') === 'then' ? 'then' : 'changes');

function show(view) {
  const { query } = place();
  if (view === 'changes') {
    query.delete('view');
  } else {
    query.set('view', view);
  }
  refine(query);
}

const views = (changes, draw) => html`
  <div class="view-choice" role="group" aria-label="View">
    ${[['changes', changes], ['then', 'What did a user get?']].map(
      ([view, label]) => html`<button type="button" aria-pressed=${shown() === view} @click=${() => {
        show(view);
        draw();
      }}>${label}</button>`,
    )}
  </div>
`;

export const history = {
  name: 'history',
  label: 'History',
  ofProject: true,
  open: ({ project }, draw) => {
    const opened = new Set();
    const log = auditLog({ projectId: project }, draw);
    const question = questionOfThen({ project }, draw);
    return {
      title: 'History',
      view: () => html`
        <div class="head"><h1>History</h1></div>
        <div class="stack history">
          ${views('Changes', draw)}
          ${shown() === 'then'
            ? question.view()
            : html`
                ${problem(log.failure, log.reload)}
                ${log.entries === undefined
                  ? log.failure ? nothing : html`<p class="hint">Loading…</p>`
                  : log.entries.length === 0
                    ? html`<p class="hint">Nobody has changed anything in this project yet.</p>`
                    : story(log.entries, { opened, draw, withResource: true })}
                ${older(log)}
              `}
        </div>
      `,
      moved: draw,
      close: () => log.close(),
    };
  },
};
