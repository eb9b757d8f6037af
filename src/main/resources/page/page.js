// The evaluation page: a form, and three views of the server's answers.
import { html, render, nothing } from './lit-html.js';
import { coloured, indented, mistakeInObject } from './json.js';
import { curl, explanation, fullUrl, send, variants, wellFormed } from './request.js';
import { MOST_USERS, results, simulate } from './split.js';
import { why } from './why.js';

const EXAMPLE = `{
  "country": "US",
  "language": "English",
  "platform": "Web",
  "version": "2.4.0",
  "user_properties": {
    "premium": true
  }
}`;

const VIEWS = { answer: 'Answer', why: 'Why', split: 'Who gets what' };
// Characters of a URL; the curl command shows all of it.
const LONGEST_SHOWN = 400;

const FRAGMENT_DELAY_MS = 250;
const SHOWN_MS = 4_000;

// Fields of the form in a link, by their names there. A link never contains the key.
const IN_LINK = {
  user_id: 'userId',
  device_id: 'deviceId',
  flag_keys: 'flagKeys',
  context: 'context',
  zone: 'zone',
};

const EMPTY = { userId: '', deviceId: '', flagKeys: '', context: '', zone: '', track: false };

const state = {
  form: { ...EMPTY, key: '' },
  zones: new Map(),
  view: 'answer',
  // The last request, since the form may have changed meanwhile: {form, base}.
  asked: undefined,
  // Its result: {request, status, …} or {request, failure}; and the explanation: {explanation} or {failure}.
  answer: undefined,
  why: undefined,
  opened: new Set(),
  users: { generated: true, count: '10000', prefix: 'user-', text: '', identity: 'user_id' },
  run: undefined,
  // The message for screen readers; also visible if nothing else shows it.
  said: '',
  shown: false,
};

let later;

function change(values) {
  Object.assign(state, values);
  draw();
}

const announce = (said, shown = false) => change({ said, shown });

function draw() {
  render(page(), document.body);
}

function edit(values) {
  change({ form: { ...state.form, ...values } });
  clearTimeout(later);
  later = setTimeout(() => history.replaceState(null, '', link()), FRAGMENT_DELAY_MS);
}

// ---- Links to the current view

function link(flag) {
  const { form, view } = state;
  const parts = Object.entries(IN_LINK)
    .filter(([, field]) => form[field] !== '')
    .map(([name, field]) => `${name}=${encodeURIComponent(wellFormed(form[field]))}`);
  if (form.track) {
    parts.push('track=yes');
  }
  if (view !== 'answer') {
    parts.push(`view=${view}`);
  }
  if (flag !== undefined) {
    parts.push(`flag=${encodeURIComponent(flag)}`);
  }
  return `#${parts.join('&')}`;
}

function followLink() {
  const given = new URLSearchParams(location.hash.slice(1));
  const form = { ...EMPTY, key: state.form.key, track: given.get('track') === 'yes' };
  for (const [name, field] of Object.entries(IN_LINK)) {
    form[field] = given.get(name) ?? '';
  }
  const view = given.get('view') ?? 'answer';
  change({ form, view: view in VIEWS ? view : 'answer' });
  if (given.has('flag')) {
    open(given.get('flag'));
  }
}

// ---- Requests

const here = () => new URL('.', location.href).href;
const base = () => state.zones.get(zone()) ?? here();
const zone = () => (state.zones.has(state.form.zone) ? state.form.zone : (state.zones.keys().next().value ?? ''));

const keyProblem = (key) => (/[^\x20-\x7e]/.test(key) ? 'The key contains characters that a header cannot contain.' : undefined);

async function ask() {
  const asked = { form: state.form, base: base() };
  const request = variants(asked.form, asked.base);
  change({ asked, answer: { request, waiting: true }, why: undefined, view: state.view === 'why' ? 'why' : 'answer', said: 'Sending…', shown: false });
  const result = await exchange(request);
  if (state.answer.request !== request) {
    return;
  }
  change({ answer: result });
  announce(summary(result));
  reveal();
  if (state.view === 'why') {
    await askWhy();
  }
}

async function askWhy() {
  const { form, base } = state.asked;
  const begun = { waiting: true };
  change({ why: begun });
  const result = await exchange(explanation(form, base));
  if (state.why !== begun) {
    return;
  }
  const why =
    result.status === 200
      ? { explanation: JSON.parse(result.body), user: form.userId || form.deviceId || 'this user' }
      : { failure: result.failure ?? `${result.status}: ${errorOf(result)?.message ?? result.body}` };
  if (why.explanation?.flags.length === 1) {
    state.opened.add(why.explanation.flags[0].flag);
  }
  change({ why });
  announce(why.failure ?? `${why.explanation.flags.length} flags explained`);
  const flag = new URLSearchParams(location.hash.slice(1)).get('flag');
  if (flag !== null) {
    open(flag);
  }
}

async function exchange(request) {
  const begun = performance.now();
  try {
    const response = await send(request);
    const body = await response.text();
    return {
      request,
      status: response.status,
      phrase: response.statusText,
      millis: performance.now() - begun,
      headers: ['X-Variate-Revision', 'ETag', 'Cache-Control', 'Retry-After']
        .map((name) => [name, response.headers.get(name)])
        .filter(([, value]) => value !== null),
      body,
    };
  } catch (e) {
    const server = new URL(request.url).origin;
    return {
      request,
      failure:
        e.name === 'TimeoutError'
          ? `No answer from ${server} within 30 seconds.`
          : `No answer from ${server}: it is down, or its CORS settings do not allow this page to read its answers.`,
    };
  }
}

function errorOf({ body }) {
  try {
    return JSON.parse(body).error;
  } catch {
    return undefined;
  }
}

function summary(result) {
  if (result.failure) {
    return result.failure;
  }
  const message = errorOf(result)?.message;
  return `${result.status} ${result.phrase}, ${Math.round(result.millis)} milliseconds${message ? `: ${message}` : ''}`;
}

// On a narrow screen the answer is below the form.
function reveal() {
  const results = document.querySelector('.results');
  if (results.getBoundingClientRect().top > window.innerHeight - 160) {
    results.scrollIntoView();
  }
}

async function run() {
  const { users, form } = state;
  const stop = new AbortController();
  const progress = { results: [], done: 0, users: 0, stop, running: true };
  change({ run: progress, said: 'Running…', shown: false });
  try {
    const ids = pasted(users.text);
    const asked = { ...users, ids, count: Number(users.count) };
    await simulate(form, asked, base(), stop.signal, (message) => {
      if (message.type === 'begin') {
        progress.users = message.users;
        progress.revision = message.revision;
      } else if (message.type === 'result') {
        progress.results.push(message);
      } else {
        progress.done = message.done;
      }
      if (state.run === progress) {
        draw();
      }
    });
    progress.running = false;
    announce(`${progress.results.length} flags for ${progress.users} users`);
  } catch (e) {
    progress.running = false;
    progress.stopped = stop.signal.aborted;
    progress.failure = progress.stopped
      ? undefined
      : e.name === 'TypeError'
        ? `No answer from ${new URL(base()).origin}, or the answer is incomplete.`
        : e.message;
    announce(progress.failure ?? 'Stopped');
  }
}

const pasted = (text) => [...new Set(text.split(/[\n,]/).map((id) => id.trim()).filter((id) => id !== ''))];

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`, true);
  } catch {
    // Without TLS, browsers offer the clipboard only to pages from localhost.
    const place = document.createElement('textarea');
    place.value = text;
    document.body.append(place);
    place.select();
    const copied = document.execCommand('copy');
    place.remove();
    announce(copied ? `${what} copied` : `Cannot copy ${what}`, true);
  }
  setTimeout(() => announce(''), SHOWN_MS);
}

// ---- Views

function show(view) {
  change({ view });
  history.replaceState(null, '', link());
  if (view === 'why' && state.why === undefined && state.answer !== undefined && !state.answer.waiting) {
    askWhy();
  }
}

function toggle(key, isOpen) {
  if (isOpen !== state.opened.has(key)) {
    state.opened[isOpen ? 'add' : 'delete'](key);
    draw();
  }
}

function open(key) {
  toggle(key, true);
  const summary = [...document.querySelectorAll('details.flag')].find(({ dataset }) => dataset.flag === key)?.firstElementChild;
  summary?.focus();
  summary?.scrollIntoView({ block: 'nearest' });
}

function page() {
  return html`
    <header>
      <h1><img src="page/icon.svg" alt="" width="28" height="28"> Variate</h1>
      <p>Which variant does this user get, and why?</p>
      <a href="openapi.json">API description</a>
    </header>
    <main>
      ${form()}
      <section class="results" aria-label="Results">${tabs()} ${panel()}</section>
      <p class=${state.shown ? 'said' : 'unseen'} role="status">${state.said}</p>
    </main>
  `;
}

function form() {
  const { form } = state;
  const mistake = mistakeInObject(form.context);
  const badKey = keyProblem(form.key);
  const error = state.answer?.status >= 400 ? errorOf(state.answer) : undefined;
  const refusedKey = error?.path === 'Authorization';
  const submit = (event) => {
    event.preventDefault();
    if (badKey === undefined) {
      ask();
    }
  };
  return html`
    <form
      aria-label="Request"
      @submit=${submit}
      @keydown=${(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          submit(event);
        }
      }}
    >
      ${field('key', 'Deployment key', {
        hint: badKey ?? (refusedKey ? error.message : 'Never part of a link. Why and Who gets what require a server key.'),
        wrong: badKey !== undefined || refusedKey,
      })}
      ${state.zones.size > 1 ? zones() : nothing}
      <div class="pair">${field('userId', 'User id')} ${field('deviceId', 'Device id')}</div>
      ${field('flagKeys', 'Flag keys', { hint: 'Separated by commas; none means all.' })}
      <div class="field">
        <div class="label-row">
          <label for="context">Context</label>
          <span>
            <button type="button" class="small" @click=${() => edit({ context: EXAMPLE })}>Example</button>
            <button
              type="button"
              class="small"
              ?disabled=${form.context.trim() === '' || mistake !== undefined}
              @click=${() => edit({ context: indented(form.context) })}
            >
              Indent
            </button>
          </span>
        </div>
        <textarea
          id="context"
          rows="9"
          spellcheck="false"
          autocomplete="off"
          placeholder="{ }"
          aria-describedby="context-hint"
          aria-invalid=${mistake ? 'true' : 'false'}
          .value=${form.context}
          @input=${(event) => edit({ context: event.target.value })}
        ></textarea>
        <p id="context-hint" class="hint ${mistake ? 'wrong' : ''}" aria-live="polite">
          ${mistake
            ? `Line ${mistake.line}, column ${mistake.column}: ${mistake.message}.`
            : form.context.trim() === ''
              ? 'Properties of the user, as a JSON object.'
              : 'Valid JSON.'}
        </p>
      </div>
      <label class="check">
        <input type="checkbox" .checked=${form.track} @change=${(event) => edit({ track: event.target.checked })}>
        Track the assignment
      </label>
      <div class="actions">
        <button class="primary" aria-keyshortcuts="Control+Enter" ?disabled=${badKey !== undefined}>Send</button>
        <button type="button" @click=${() => copy(curl(variants(state.form, base())), 'curl')}>Copy curl</button>
        <button type="button" @click=${() => copy(new URL(link(), location.href).href, 'Link')}>Copy link</button>
      </div>
      <details class="curl">
        <summary>The same request with curl</summary>
        <pre tabindex="0" role="region" aria-label="curl command">${curl(variants(state.form, base()))}</pre>
      </details>
    </form>
  `;
}

function field(name, label, { hint, wrong = false } = {}) {
  return html`
    <div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-describedby=${hint ? `${name}-hint` : nothing}
        aria-invalid=${wrong ? 'true' : 'false'}
        .value=${state.form[name]}
        @input=${(event) => edit({ [name]: event.target.value })}
      >
      ${hint ? html`<p id="${name}-hint" class="hint ${wrong ? 'wrong' : ''}">${hint}</p>` : nothing}
    </div>
  `;
}

function zones() {
  return html`
    <div class="field">
      <label for="zone">Server zone</label>
      <select id="zone" @change=${(event) => edit({ zone: event.target.value })}>
        ${[...state.zones].map(
          ([name, url]) => html`<option value=${name} .selected=${name === zone()}>${name}: ${url === null ? 'this server' : url}</option>`,
        )}
      </select>
    </div>
  `;
}

function tabs() {
  const names = Object.keys(VIEWS);
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next =
      event.key === 'Home' ? 0 : event.key === 'End' ? names.length - 1 : step && (names.indexOf(state.view) + step + names.length) % names.length;
    if (next !== undefined) {
      event.preventDefault();
      show(names[next]);
      document.getElementById(`tab-${names[next]}`).focus();
    }
  };
  return html`
    <div class="tabs" role="tablist" aria-label="Views" @keydown=${move}>
      ${names.map(
        (name) => html`
          <button
            role="tab"
            id="tab-${name}"
            aria-controls="panel"
            aria-selected=${state.view === name ? 'true' : 'false'}
            tabindex=${state.view === name ? 0 : -1}
            @click=${() => show(name)}
          >
            ${VIEWS[name]}
          </button>
        `,
      )}
    </div>
  `;
}

function panel() {
  const content = { answer: answer, why: whyView, split: splitView }[state.view];
  return html`<div id="panel" role="tabpanel" aria-labelledby="tab-${state.view}">${content()}</div>`;
}

function answer() {
  const { answer } = state;
  if (answer === undefined) {
    return placeholder(
      'No request yet.',
      html`Enter a deployment key and a user, and press <b>Send</b>: this browser sends the request and shows the answer.`,
    );
  }
  if (answer.waiting) {
    return html`<p class="hint">Waiting for the answer…</p>`;
  }
  const { request, status, phrase, millis, headers, body, failure } = answer;
  const url = fullUrl(request);
  const line = html`<p class="request">
    <code>${request.method} ${url.length > LONGEST_SHOWN ? `${url.slice(0, LONGEST_SHOWN)}…` : url}</code>
  </p>`;
  if (failure) {
    return html`<p class="status"><span class="badge bad">No answer</span></p><p class="problem">${failure}</p>${line}`;
  }
  const error = errorOf(answer);
  return html`
    <p class="status">
      <span class="badge ${status < 400 ? 'good' : 'bad'}">${status} ${phrase}</span>
      <span class="number">${millis < 10 ? millis.toFixed(1) : Math.round(millis)} ms</span>
      <span class="number">${new Blob([body]).size.toLocaleString('en')} bytes</span>
    </p>
    ${status >= 400 ? html`<p class="problem">${error?.message ?? 'The answer is not an error of this API.'}</p>` : nothing}
    ${line}
    <dl class="headers">${headers.map(([name, value]) => html`<div><dt>${name}</dt><dd><code>${value}</code></dd></div>`)}</dl>
    <pre class="json" tabindex="0" role="region" aria-label="Body of the answer">${coloured(body)}</pre>
    ${status === 200 && /^\s*\{\s*\}\s*$/.test(body)
      ? html`<p class="hint">Every flag gives this user its default variant or none. <b>Why</b> explains each flag.</p>`
      : nothing}
  `;
}

const placeholder = (title, text) => html`<div class="empty"><p class="empty-title">${title}</p><p>${text}</p></div>`;

function whyView() {
  const { why: known, answer } = state;
  if (answer === undefined || (known === undefined && answer.waiting)) {
    return placeholder(
      'Nothing to explain yet.',
      html`Press <b>Send</b>: for each flag you will see its segments in order, the values that their conditions tested, and the
        position of the user in the bucket.`,
    );
  }
  if (known === undefined || known.waiting) {
    return html`<p class="hint">Waiting for the explanation…</p>`;
  }
  return known.failure
    ? html`<p class="problem">${known.failure}</p>`
    : why(known.explanation, {
        opened: state.opened,
        toggle,
        link,
        show: (key) => {
          history.pushState(null, '', link(key));
          open(key);
        },
        user: known.user,
      });
}

function splitView() {
  const { users, run: present, form } = state;
  const set = (values) => change({ users: { ...users, ...values } });
  const ids = users.generated ? undefined : pasted(users.text);
  const count = users.generated ? Number(users.count) : ids.length;
  const wrong =
    mistakeInObject(form.context) !== undefined
      ? 'The context is not valid JSON.'
      : Number.isInteger(count) && count >= 1 && count <= MOST_USERS
        ? undefined
        : `From 1 to ${MOST_USERS.toLocaleString('en')} users are allowed.`;
  const radio = (generated, label) => html`
    <label class="check">
      <input type="radio" name="users" .checked=${users.generated === generated} @change=${() => set({ generated })}>
      ${label}
    </label>
  `;
  return html`
    <form
      class="users"
      aria-label="Users"
      @submit=${(event) => {
        event.preventDefault();
        if (!present?.running) {
          run();
        }
      }}
    >
      <fieldset>
        <legend>Users</legend>
        ${radio(true, 'Generate ids')} ${radio(false, 'Paste ids')}
      </fieldset>
      ${users.generated
        ? html`<div class="pair">
            <div class="field">
              <label for="count">How many</label>
              <input id="count" inputmode="numeric" autocomplete="off" .value=${users.count} @input=${(event) => set({ count: event.target.value })}>
            </div>
            <div class="field">
              <label for="prefix">Prefix</label>
              <input id="prefix" autocomplete="off" spellcheck="false" .value=${users.prefix} @input=${(event) => set({ prefix: event.target.value })}>
            </div>
          </div>`
        : html`<div class="field">
            <label for="ids">Ids, one per line</label>
            <textarea id="ids" rows="5" spellcheck="false" aria-describedby="ids-hint" .value=${users.text} @input=${(event) => set({ text: event.target.value })}></textarea>
            <p id="ids-hint" class="hint">${ids.length.toLocaleString('en')} different ids</p>
          </div>`}
      <div class="field">
        <label for="identity">Kind of id</label>
        <select id="identity" @change=${(event) => set({ identity: event.target.value })}>
          <option value="user_id" .selected=${users.identity === 'user_id'}>user ids</option>
          <option value="device_id" .selected=${users.identity === 'device_id'}>device ids</option>
        </select>
      </div>
      <p class="hint">All users share the key, flag keys and context of the request. Nothing is recorded.</p>
      <div class="actions">
        <button class="primary" ?disabled=${wrong !== undefined || present?.running}>Run</button>
        <button type="button" ?disabled=${!present?.running} @click=${() => present.stop.abort()}>Stop</button>
        ${wrong ? html`<span class="hint wrong">${wrong}</span>` : nothing}
      </div>
    </form>
    ${present === undefined
      ? nothing
      : html`
          ${present.running || present.stopped
            ? html`<p class="progress">
                <progress aria-label="Users evaluated" max=${present.users || 1} .value=${present.done}></progress>
                <span class="number">${present.done.toLocaleString('en')} of ${present.users.toLocaleString('en')}${present.stopped ? ', stopped' : ''}</span>
              </p>`
            : nothing}
          ${present.failure ? html`<p class="problem">${present.failure}</p>` : nothing} ${results(present)}
        `}
  `;
}

// ---- Start

async function start() {
  const { own, zones } = await (await fetch('page/zones.json')).json();
  change({ zones: new Map([[own, null], ...Object.entries(zones)]) });
}

addEventListener('hashchange', followLink);
followLink();
start();
