// The dialog that creates a flag or an experiment, and a deployment if the project has none.
import { html, nothing } from '../../page/lit-html.js';
import { call, path, writeKey } from '../../api.js';
import { open } from '../../dialogs.js';
import { forget, read } from '../../directory.js';
import { check, choice, several, text } from '../../fields.js';
import { say } from '../../notices.js';
import { problem } from '../../problems.js';
import { go } from '../../router.js';
import { can, who } from '../../session.js';
import { byKey } from '../../summaries.js';

const VARIANTS = { flag: ['on'], experiment: ['control', 'treatment'] };
const LONGEST_KEY = 200;
const LABEL = /^[A-Za-z0-9_-]{1,200}$/;

// What a key may be made of a name: “Neue Kasse!” → neue-kasse.
export const suggestedKey = (name) =>
  name
    .normalize('NFKD')
    .replace(/ß/g, 'ss')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_KEY);

// What is wrong with a key, or undefined. groups: mutexes and holdouts, which share the keys.
export function keyProblem(project, key, groups, labels) {
  if (key === '') {
    return undefined;
  }
  if (key.length > LONGEST_KEY) {
    return `A key has at most ${LONGEST_KEY} characters.`;
  }
  if (/[\u0000-\u001f\u007f-\u009f]/.test(key)) {
    return 'A key has no control characters.';
  }
  if (key !== key.trim()) {
    return 'A key that starts or ends with a space is hard to find again.';
  }
  const taken = byKey(project, key);
  if (taken !== undefined) {
    return `This key is taken by ${taken.archived ? 'an archived' : 'another'} ${taken.type}.`;
  }
  if (groups.some((group) => group.key === key)) {
    return 'This key is taken by a group.';
  }
  if (!can('write', project, { key, deployments: labels })) {
    const { keyPrefixes } = who();
    return keyPrefixes.length > 0 && can('write', project, { deployments: labels })
      ? `Your token can create keys that start with ${keyPrefixes.join(' or ')}.`
      : 'Your token cannot create a flag for these deployments.';
  }
  return undefined;
}

// Opens the dialog; a created flag opens in the editor. type: 'flag' or 'experiment'.
export async function openCreate({ project, type }) {
  const state = {
    type,
    name: '',
    key: '',
    keyIsTyped: false,
    variants: VARIANTS[type],
    // undefined until it has arrived.
    deployments: undefined,
    groups: [],
    chosen: new Set(),
    deployment: { wanted: true, label: 'server', type: 'server' },
    failure: undefined,
    sending: false,
    // One for each request that is meant, so that a repeated one creates nothing twice.
    sent: { text: undefined, key: undefined },
  };

  const mayCreateDeployment = () => state.deployments?.length === 0 && can('administer', project);
  const createsDeployment = () => mayCreateDeployment() && state.deployment.wanted;
  const permitted = ({ label }) => who().deployments.length === 0 || who().deployments.includes(label);
  const labels = () => (state.deployments ?? []).filter(({ id }) => state.chosen.has(id)).map(({ label }) => label);
  const wrongKey = () => keyProblem(project, state.key, state.groups, labels());
  const wrongVariants = () => (state.variants.length === 0 ? 'At least one variant is required.' : undefined);
  const wrongLabel = () => (createsDeployment() && !LABEL.test(state.deployment.label) ? 'A label has letters, digits, _ and - only.' : undefined);
  // Not before the deployments are there, or could not be read: nobody should create a flag for none of them by haste.
  const isReady = () =>
    (state.deployments !== undefined || state.failure !== undefined) && state.key !== '' && !state.sending && wrongKey() === undefined && wrongVariants() === undefined && wrongLabel() === undefined;

  async function load(draw) {
    byKey(project, '');
    try {
      const [deployments, mutexes, holdouts] = await Promise.all(
        ['deployments', 'mutexes', 'holdouts'].map((name) => read(name, project)),
      );
      state.deployments = deployments.filter(({ deleted }) => !deleted);
      state.groups = [...mutexes, ...holdouts];
      const choices = state.deployments.filter((each) => !each.allFlags && permitted(each));
      if (choices.length === 1) {
        state.chosen.add(choices[0].id);
      }
    } catch (failure) {
      state.failure = failure;
    }
    draw();
  }

  function writes() {
    const collection = state.type === 'experiment' ? 'experiments' : 'flags';
    return [
      ...(createsDeployment()
        ? [{ as: 'deployment', method: 'POST', path: '/deployments', body: { projectId: project, label: state.deployment.label, type: state.deployment.type } }]
        : []),
      {
        as: 'created',
        method: 'POST',
        path: `/${collection}`,
        body: {
          projectId: project,
          key: state.key,
          name: state.name.trim() || state.key,
          // Not amplitude_id, the default of the API: a login would change the variant.
          bucketingKey: 'user_id',
          variants: state.variants.map((key) => ({ key })),
          deployments: createsDeployment() ? ['$deployment'] : [...state.chosen],
        },
      },
    ];
  }

  async function create(close, draw) {
    if (!isReady()) {
      return;
    }
    const body = JSON.stringify({ writes: writes() });
    if (state.sent.text !== body) {
      state.sent = { text: body, key: writeKey() };
    }
    state.sending = true;
    state.failure = undefined;
    draw();
    try {
      const answer = await call('POST', path('batch'), { text: body, key: state.sent.key });
      close(answer.body.results.at(-1).id);
    } catch (failure) {
      state.failure = failure;
      state.sending = false;
      draw();
    }
  }

  let started = false;
  const id = await open({
    title: type === 'experiment' ? 'New experiment' : 'New flag',
    leave: () => !state.sending,
    content(close, draw) {
      if (!started) {
        started = true;
        load(draw);
      }
      const change = (name) => (value) => {
        state[name] = value;
        draw();
      };
      return html`
        <form class="stack" @submit=${(event) => {
          event.preventDefault();
          create(close, draw);
        }}>
          ${text('Name', {
            id: 'new-name',
            value: state.name,
            autofocus: true,
            placeholder: state.type === 'experiment' ? 'New checkout' : 'Dark mode',
            change: (value) => {
              state.name = value;
              state.key = state.keyIsTyped ? state.key : suggestedKey(value);
              draw();
            },
          })}
          ${text('Key', {
            id: 'new-key',
            value: state.key,
            hint: 'The name in code. It cannot be changed later.',
            problem: wrongKey(),
            change: (value) => {
              state.key = value;
              state.keyIsTyped = value !== '';
              draw();
            },
          })}
          ${several('Variants', {
            id: 'new-variants',
            values: state.variants,
            change: change('variants'),
            problem: wrongVariants(),
            hint: state.type === 'experiment' ? 'Users are split evenly between them.' : 'What code gets. Users without a variant get none.',
          })}
          ${deploymentsView(draw)} ${problem(state.failure)}
          <p class="hint">It is off at first: nobody gets a variant until you turn it on.</p>
          <div class="actions">
            <button class="primary" ?disabled=${!isReady()}>Create ${state.type}</button>
            <button type="button" @click=${() => close(undefined)}>Cancel</button>
          </div>
        </form>
      `;
    },
  });
  if (id === undefined) {
    return undefined;
  }
  forget('deployments', project);
  say(`Created ${state.key}. It is off.`, { kind: 'good' });
  go({ project, screen: state.type, ids: [id] });
  return id;

  function deploymentsView(draw) {
    if (state.deployments === undefined) {
      return state.failure === undefined ? html`<p class="hint">Loading the deployments…</p>` : nothing;
    }
    if (state.deployments.length === 0) {
      return mayCreateDeployment()
        ? html`<fieldset class="check-list">
            <legend>Deployment</legend>
            <p class="hint">A deployment is the key with which applications ask for flags. This project has none.</p>
            ${check('Create one', {
              checked: state.deployment.wanted,
              change: (checked) => {
                state.deployment.wanted = checked;
                draw();
              },
            })}
            ${state.deployment.wanted
              ? html`<div class="pair wide-pair">
                  ${text('Label', {
                    id: 'new-label',
                    value: state.deployment.label,
                    problem: wrongLabel(),
                    change: (value) => {
                      state.deployment.label = value;
                      draw();
                    },
                  })}
                  ${choice('Used by', {
                    id: 'new-label-type',
                    value: state.deployment.type,
                    options: [
                      ['server', 'Servers'],
                      ['client', 'Browsers and apps'],
                    ],
                    change: (value) => {
                      state.deployment.type = value;
                      draw();
                    },
                  })}
                </div>`
              : nothing}
          </fieldset>`
        : html`<p class="warning">This project has no deployment, so no application can ask for flags yet. An administrator can create one.</p>`;
    }
    return html`
      <fieldset class="check-list">
        <legend>Deployments</legend>
        ${state.deployments.map((each) =>
          check(each.allFlags ? `${each.label} (serves all flags)` : each.label, {
            checked: each.allFlags || state.chosen.has(each.id),
            disabled: each.allFlags || !permitted(each),
            change: (checked) => {
              state.chosen[checked ? 'add' : 'delete'](each.id);
              draw();
            },
          }),
        )}
      </fieldset>
    `;
  }
}
