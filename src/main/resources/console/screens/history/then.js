// “What did user-1 get last Tuesday?”: the variants of a user as of a past time, and why; beside those of now.
import { html, nothing } from '../../page/lit-html.js';
import { call, Failure, path } from '../../api.js';
import { json, newId, text } from '../../fields.js';
import { compact, mistakeInObject } from '../../page/json.js';
import { why } from '../../page/why.js';
import { problem } from '../../problems.js';
import { atTime } from '../../times.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

// Times that people mean, newest first.
const QUICK = [
  ['An hour ago', () => Date.now() - HOUR],
  ['Yesterday', () => Date.now() - DAY],
  ['A week ago', () => Date.now() - 7 * DAY],
];

// key: of the only flag to explain, or undefined for all of the project.
export function questionOfThen({ project, key }, draw) {
  const ids = { user: newId(), device: newId(), properties: newId(), time: newId() };
  const state = { user: '', device: '', properties: '', time: local(Date.now() - DAY), asking: false, failure: undefined, answer: undefined };
  const opened = new Set();
  let run = 0;

  const set = (name) => (value) => {
    state[name] = value;
    draw();
  };

  // The properties stay as they were typed: bucketing can depend on the form of a number.
  function body() {
    const members = compact(state.properties).trim().slice(1, -1);
    const user = [
      ...(state.user.trim() === '' ? [] : [`"user_id":${JSON.stringify(state.user.trim())}`]),
      ...(state.device.trim() === '' ? [] : [`"device_id":${JSON.stringify(state.device.trim())}`]),
      ...(members === '' ? [] : [members]),
    ];
    const flags = key === undefined ? '' : `,"flagKeys":${JSON.stringify([key])}`;
    return `{"projectId":${JSON.stringify(project)}${flags},"user":{${user.join(',')}}}`;
  }

  async function ask(event) {
    event?.preventDefault();
    const at = new Date(state.time);
    const mine = (run += 1);
    Object.assign(state, { asking: true, failure: undefined, answer: undefined });
    draw();
    try {
      if (Number.isNaN(at.getTime())) {
        throw new Failure(400, { message: 'Enter a date and a time.' });
      }
      if (state.user.trim() === '' && state.device.trim() === '') {
        throw new Failure(400, { message: 'Enter a user id or a device id.' });
      }
      const text = body();
      const [then, now] = await Promise.all([
        call('POST', path('explain', { at: at.toISOString() }), { text }),
        call('POST', path('explain'), { text }),
      ]);
      if (mine === run) {
        state.answer = { user: state.user.trim() || state.device.trim(), at, then: then.body, now: now.body };
        opened.clear();
        if (key !== undefined) {
          opened.add(key);
        }
      }
    } catch (failure) {
      if (mine === run) {
        state.failure = failure;
      }
    }
    if (mine === run) {
      state.asking = false;
      draw();
    }
  }

  const form = () => {
    const mistake = mistakeInObject(state.properties);
    return html`
      <form class="card stack" @submit=${ask}>
        <div class="pair">
          ${text('User id', { id: ids.user, value: state.user, change: set('user'), placeholder: 'user-1' })}
          ${text('Device id', { id: ids.device, value: state.device, change: set('device') })}
        </div>
        <div class="pair">
          <div class="field">
            <label for=${ids.time}>Time</label>
            <input id=${ids.time} type="datetime-local" step="1" max=${local(Date.now())} .value=${state.time}
              @input=${(event) => set('time')(event.target.value)}>
            <div class="quick">
              ${QUICK.map(([label, time]) => html`<button class="small" type="button" @click=${() => set('time')(local(time()))}>${label}</button>`)}
            </div>
          </div>
          ${json('Properties of the user', {
            id: ids.properties,
            value: state.properties,
            change: set('properties'),
            rows: 3,
            hint: 'A JSON object, as applications send it: {"country": "DE", "user_properties": {"plan": "premium"}}. The server keeps no properties of users.',
          })}
        </div>
        <div class="actions">
          <button class="primary" ?disabled=${state.asking || mistake !== undefined}>${state.asking ? 'Asking…' : 'What did they get?'}</button>
        </div>
      </form>
    `;
  };

  const answer = ({ user, at, then, now }) => html`
    <section class="card stack" aria-label="Answer" aria-live="polite">
      <p class="then-head">
        On ${atTime(at)}${key === undefined ? html`, ${user} got:` : html`, ${user} got ${variant(found(then))}.`}
        <span class="hint">Ruleset revision ${then.revision}.</span>
      </p>
      ${key === undefined ? nothing : html`<p>${sinceThen(found(then), found(now))}</p>`}
      ${key === undefined ? changed(then, now) : nothing}
      ${why(then, {
        opened,
        user,
        link: () => location.hash,
        toggle: (flag, open) => {
          if (open) {
            opened.add(flag);
          } else {
            opened.delete(flag);
          }
          draw();
        },
        show: (flag) => {
          opened.add(flag);
          draw();
          queueMicrotask(() => document.querySelector(`[data-flag="${CSS.escape(flag)}"]`)?.scrollIntoView({ block: 'nearest' }));
        },
      })}
      <p class="hint">Uploaded cohorts count with their members of today.</p>
    </section>
  `;

  const found = (explanation) => explanation.flags.find(({ flag }) => flag === key);

  function view() {
    return html`
      ${form()} ${problem(state.failure)} ${state.answer ? answer(state.answer) : nothing}
    `;
  }

  return {
    view,
    // Asks as of a time; the form keeps the user.
    setTime: (time) => {
      state.time = local(new Date(time).getTime());
      draw();
    },
  };
}

const variant = (flag) => html`<span class="chip ${flag?.variant ? '' : 'chip-none'}">${flag?.variant?.key ?? 'no variant'}</span>`;

const sinceThen = (then, now) =>
  then?.variant?.key === now?.variant?.key ? html`Today they get the same.` : html`Today they get ${variant(now)}.`;

// Which flags give another variant today.
function changed(then, now) {
  const today = new Map(now.flags.map((flag) => [flag.flag, flag]));
  const others = then.flags.filter((flag) => flag.variant?.key !== today.get(flag.flag)?.variant?.key);
  return others.length === 0
    ? html`<p>Today they get the same of every flag.</p>`
    : html`<p>Today ${others.length === 1 ? 'one flag gives' : `${others.length} flags give`} them something else:</p>
        <ul class="since">
          ${others.map((flag) => html`<li><span class="flag-key">${flag.flag}</span> ${variant(flag)} <span aria-hidden="true">→</span><span class="unseen">, today</span> ${variant(today.get(flag.flag))}</li>`)}
        </ul>`;
}

// The value of a datetime-local field, in the time zone of the browser.
function local(time) {
  const date = new Date(time);
  return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
