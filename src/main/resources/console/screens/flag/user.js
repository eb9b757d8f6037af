// Try a user, and many users, on the draft beside what is served: POST /api/1/explain and /api/1/simulate.
import { html, nothing } from '../../page/lit-html.js';
import { compact, read } from '../../page/json.js';
import { results } from '../../page/split.js';
import { why } from '../../page/why.js';
import { Failure, call, lines } from '../../api.js';
import { JsonText, stringify } from '../../exact.js';
import { choice, json, text } from '../../fields.js';
import { problem } from '../../problems.js';

const TRIED_AFTER_MS = 350;
const USERS = 10_000;

const isObject = (written) => written.trim() === '' || (read(written).error === undefined && written.trim().startsWith('{'));

// A trial of one draft: its form stays while the tabs change.
export function trial(draft, draw) {
  const state = {
    userId: 'user-1',
    deviceId: '',
    properties: '',
    // {draft, served, failure}: explanations of the last request.
    answer: undefined,
    asked: undefined,
    isRunning: false,
    opened: new Set(),
    split: { identity: 'user_id', run: undefined, stop: undefined },
  };
  let timer;
  let request;

  // Properties are sent as written, because bucketing can depend on the text of numbers.
  const properties = () => compact(state.properties).trim().slice(1, -1);
  const user = () => {
    const ids = [['user_id', state.userId], ['device_id', state.deviceId]].filter(([, id]) => id !== '').map(([name, id]) => `"${name}":${JSON.stringify(id)}`);
    return new JsonText(`{${[properties(), ...ids].filter(Boolean).join(',')}}`);
  };
  const common = (writes) => ({ projectId: draft.project, flagKeys: [draft.resource.key], writes: writes.length === 0 ? undefined : writes });

  async function run() {
    clearTimeout(timer);
    request?.abort();
    if (!isObject(state.properties) || draft.base === undefined) {
      return;
    }
    const { signal } = (request = new AbortController());
    state.isRunning = true;
    draw();
    try {
      const explain = async (writes) => (await call('POST', 'explain', { text: stringify({ ...common(writes), user: user() }), signal })).body;
      const writes = draft.writes();
      const served = await explain([]);
      const answer = { served, draft: writes.length === 0 ? served : await explain(writes) };
      if (state.answer === undefined) {
        state.opened.add(draft.resource.key);
      }
      state.answer = answer;
    } catch (failure) {
      if (signal.aborted) {
        return;
      }
      state.answer = { failure: asFailure(failure) };
    }
    state.isRunning = false;
    draw();
  }

  return {
    state,
    // Runs again soon if the draft or the form has changed since the last run.
    refresh() {
      const now = stringify([draft.version, draft.writes(), state.userId, state.deviceId, state.properties]);
      if (now !== state.asked) {
        state.asked = now;
        clearTimeout(timer);
        timer = setTimeout(run, state.answer === undefined ? 0 : TRIED_AFTER_MS);
      }
    },
    change(values) {
      Object.assign(state, values);
      draw();
    },
    async split() {
      const stop = new AbortController();
      const run = { done: 0, users: USERS, results: [], failure: undefined, isRunning: true };
      state.split.run = run;
      state.split.stop = () => stop.abort();
      draw();
      try {
        const context = properties() === '' ? undefined : new JsonText(`{${properties()}}`);
        const request = { ...common(draft.writes()), users: { generate: { count: USERS }, identity: state.split.identity, context } };
        for await (const line of lines('POST', 'simulate', { text: stringify(request), signal: stop.signal })) {
          if (line.type === 'error') {
            throw new Failure(0, line);
          }
          run.done = line.done ?? run.done;
          if (line.type === 'result') {
            run.results.push(line);
          }
          draw();
        }
      } catch (failure) {
        run.failure = stop.signal.aborted ? undefined : asFailure(failure);
      }
      run.isRunning = false;
      draw();
    },
    close() {
      clearTimeout(timer);
      request?.abort();
      state.split.stop?.();
    },
  };
}

const asFailure = (failure) => {
  if (failure instanceof Failure) {
    return failure;
  }
  throw failure;
};

// The form and the variant of one user. key: of the flag.
export function userView(tried, { key, isDirty, example }) {
  const { state } = tried;
  tried.refresh();
  return html`
    <section class="card stack trial" aria-labelledby="trial-title">
      <h2 id="trial-title">Try a user</h2>
      <div class="pair">
        ${text('User id', { id: 'try-user', value: state.userId, change: (userId) => tried.change({ userId }) })}
        ${text('Device id', { id: 'try-device', value: state.deviceId, change: (deviceId) => tried.change({ deviceId }) })}
      </div>
      ${json('Properties (JSON)', {
        id: 'try-properties',
        value: state.properties,
        rows: 4,
        change: (properties) => tried.change({ properties }),
        hint: 'Such as {"country": "DE", "user_properties": {"plan": "premium"}}',
      })}
      ${example && state.properties === ''
        ? html`<button class="small" type="button" @click=${() => tried.change({ properties: example })}>Fill in a user who matches the first segment</button>`
        : nothing}
      ${answerView(state, key, isDirty)}
    </section>
  `;
}

function answerView({ answer, opened, userId, deviceId }, key, isDirty) {
  if (answer === undefined) {
    return nothing;
  }
  if (answer.failure) {
    return problem(answer.failure);
  }
  const of = ({ flags }) => flags.find(({ flag }) => flag === key);
  const variant = (explanation) => of(explanation)?.variant?.key ?? 'no variant';
  const now = variant(answer.served);
  const then = variant(answer.draft);
  return html`
    <p class="outcome" role="status">
      ${isDirty ? html`<span class="hint">Draft</span> <strong class="chip">${then}</strong> <span class="hint">now</span> <span class="chip ${now === then ? '' : 'chip-none'}">${now}</span>` : html`<strong class="chip">${now}</strong>`}
    </p>
    ${why(
      { ...answer.draft, flags: [...answer.draft.flags].sort((one, other) => (other.flag === key) - (one.flag === key)) },
      {
        opened,
        user: userId || deviceId || 'this user',
        toggle: (flag, isOpen) => (isOpen ? opened.add(flag) : opened.delete(flag)),
        show: (flag) => {
          opened.add(flag);
          document.querySelector(`[data-flag="${CSS.escape(flag)}"]`)?.scrollIntoView({ block: 'nearest' });
        },
        link: () => location.hash,
      },
    )}
  `;
}

// Who gets what, of many generated users.
export function splitView(tried) {
  const { split } = tried.state;
  const { run } = split;
  return html`
    <section class="card stack" aria-labelledby="split-title">
      <h2 id="split-title">Who gets what</h2>
      <p class="hint">Evaluates the draft for 10,000 generated users with the properties of the user above. Nothing is recorded.</p>
      <div class="pair">
        ${choice('They have', {
          id: 'split-identity',
          value: split.identity,
          options: [
            ['user_id', 'user ids'],
            ['device_id', 'device ids'],
          ],
          change(identity) {
            split.identity = identity;
            tried.change({});
          },
        })}
      </div>
      <div class="actions">
        ${run?.isRunning
          ? html`<button type="button" @click=${split.stop}>Stop</button><progress max=${run.users} value=${run.done} aria-label="Users evaluated"></progress>`
          : html`<button type="button" @click=${() => tried.split()}>Evaluate 10,000 users</button>`}
      </div>
      ${problem(run?.failure)} ${run ? results(run) : nothing}
    </section>
  `;
}

// The properties of a user who matches the conditions of a segment, as JSON; undefined if they are not simple.
export function exampleOf(segment) {
  const user = {};
  for (const { prop, op, values, groupType } of segment?.conditions ?? []) {
    if (!['is', 'contains', 'set contains any', 'less or equal', 'greater or equal'].includes(op) || groupType || values.length === 0 || prop === 'userdata_cohort' || values[0] === '(none)') {
      return undefined;
    }
    const value = op === 'set contains any' ? [values[0]] : values[0];
    if (prop.startsWith('gp:')) {
      user.user_properties = { ...user.user_properties, [prop.slice(3)]: value };
    } else if (prop !== 'user_id' && prop !== 'device_id') {
      user[prop] = value;
    }
  }
  return Object.keys(user).length === 0 ? undefined : JSON.stringify(user, null, 2);
}
