// The frame of all screens: sign-in, navigation, messages, shortcuts.
import { html, nothing, render } from './page/lit-html.js';
import { Failure, all, path, whenSignedOut } from './api.js';
import { drawDialogs, open } from './dialogs.js';
import { drawDirectoryWith } from './directory.js';
import * as keys from './keys.js';
import { follow, liveness } from './live.js';
import * as notices from './notices.js';
import { openPalette } from './palette.js';
import { problem } from './problems.js';
import { go, href, place } from './router.js';
import { screens } from './screens.js';
import { can, canEverywhere, resume, signIn, signOut, who } from './session.js';

const UNNAMED = '1';

const state = {
  root: undefined,
  // 'starting', 'signed-out', 'ready', or a Failure.
  phase: 'starting',
  token: '',
  signInProblem: undefined,
  signingIn: false,
  // [{id, name, production}]
  projects: [],
  place: undefined,
  // Id of the last project that was shown.
  lastProject: undefined,
  // {module, key, screen}: the open screen.
  current: undefined,
  menuOpen: false,
};

let drawing = false;

// Draws everything, once a frame.
export function draw() {
  if (!drawing) {
    drawing = true;
    queueMicrotask(() => {
      drawing = false;
      render(page(), state.root);
      drawDialogs();
    });
  }
}

export const projectName = ({ id, name }) => name || (id === UNNAMED ? 'Main project' : id);
export const projects = () => state.projects;
// The project whose screens the navigation shows: also on screens of no project, the last one.
const shownProject = () => state.place?.project ?? state.lastProject;

export const project = () => state.projects.find(({ id }) => id === state.place?.project);

export async function start(root) {
  state.root = root;
  notices.drawNoticesWith(draw);
  drawDirectoryWith(draw);
  whenSignedOut(() => askToSignInAgain());
  addEventListener('hashchange', arrive);
  keys.layer({
    'Ctrl+K': { does: 'Go to anything', run: () => palette() },
    '?': { does: 'This help', run: () => help() },
    'g': { does: 'Go to flags', run: () => go({ project: shownProject(), screen: 'flags' }) },
  });
  draw();
  await enter();
}

async function enter() {
  try {
    state.phase = (await resume()) ? 'ready' : 'signed-out';
    if (state.phase === 'ready') {
      await readProjects();
      arrive();
    }
  } catch (failure) {
    state.phase = failure;
  }
  draw();
}

// Reads the projects again, for the whole console. Throws Failure.
export async function readProjects() {
  state.projects = withUnnamed(await all(path('projects', { limit: 1_000 }), 'projects'));
  draw();
  return state.projects;
}

// The project without a name always exists; it is listed once it has settings of its own.
const withUnnamed = (listed) =>
  listed.some(({ id }) => id === UNNAMED) || !can('read', UNNAMED) ? listed : [{ id: UNNAMED, name: '', production: false }, ...listed];

// ---- Screens

function arrive() {
  if (state.phase !== 'ready') {
    return;
  }
  const target = place();
  if (target.screen === '') {
    const first = target.project ?? state.projects[0]?.id;
    history.replaceState(null, '', first === undefined ? href({ screen: 'projects' }) : href({ project: first, screen: 'flags' }));
    arrive();
    return;
  }
  const module = screens.find(({ name, ofProject }) => name === target.screen && Boolean(ofProject) === (target.project !== undefined));
  state.place = target;
  state.lastProject = target.project ?? state.lastProject ?? state.projects[0]?.id;
  state.menuOpen = false;
  follow(target.project, draw);
  const key = JSON.stringify([target.project, target.screen, ...(module?.idsAreTabs ? target.ids.slice(0, 1) : target.ids)]);
  if (state.current?.key === key) {
    state.current.screen.moved?.(target);
  } else {
    leave();
    const screen = module === undefined ? NO_SCREEN : permits(module, target.project) ? module.open(target, draw) : FORBIDDEN;
    state.current = { key, screen, removeKeys: keys.layer(screen.keys ?? {}) };
    scrollTo(0, 0);
  }
  draw();
}

const message = (title, words) => ({ title, view: () => html`<h1>${title}</h1><p>${words}</p>` });
const NO_SCREEN = message('Not found', 'This address has no screen.');
const FORBIDDEN = message('Not permitted', 'Your token does not permit this screen. An administrator can give it the right.');

const permits = ({ ofProject, right = 'read' }, project) => (ofProject ? can(right, project) : right === 'read' || canEverywhere(right));

function leave() {
  state.current?.removeKeys();
  state.current?.screen.close?.();
  state.current = undefined;
}

// ---- Sign in and out

async function submitToken(event) {
  event.preventDefault();
  if (state.token.trim() === '' || state.signingIn) {
    return false;
  }
  state.signingIn = true;
  state.signInProblem = undefined;
  draw();
  try {
    await signIn(state.token.trim());
    state.token = '';
    return true;
  } catch (failure) {
    state.signInProblem =
      failure.status === 401 ? new Failure(undefined, { message: 'The server does not know this token, or it has expired or was revoked.' }) : failure;
    return false;
  } finally {
    state.signingIn = false;
    draw();
  }
}

let asking = false;

// The session has ended while somebody works: the screen and its draft stay, and a dialog asks for the token.
async function askToSignInAgain() {
  if (asking || state.phase !== 'ready') {
    return;
  }
  asking = true;
  const before = who()?.name;
  const signedIn = await open({
    title: 'Your session has ended',
    content: (close) => signInForm(async (event) => (await submitToken(event)) && close(true), 'Sign in again. What you were editing is kept.'),
  });
  asking = false;
  if (signedIn && who().name !== before) {
    location.reload();
  } else if (signedIn) {
    follow(undefined, draw);
    follow(state.place?.project, draw);
    state.current?.screen.moved?.(state.place);
    draw();
  }
}

async function leaveSession() {
  try {
    await signOut();
    // Forgets all that this person could see.
    location.reload();
  } catch (failure) {
    notices.say(failure.message, { kind: 'bad' });
  }
}

const signInForm = (submit, words) => html`
  <form class="sign-in" @submit=${submit}>
    <p>${words}</p>
    <div class="field">
      <label for="token">Token</label>
      <input id="token" type="password" autocomplete="current-password" autofocus .value=${state.token}
        @input=${(event) => (state.token = event.target.value)}>
      <p class="hint">The admin token of the settings, or a named token that an administrator made for you.</p>
    </div>
    ${problem(state.signInProblem)}
    <div class="actions"><button class="primary" ?disabled=${state.signingIn}>Sign in</button></div>
  </form>
`;

// ---- Help and palette

function help() {
  const shortcuts = keys.active();
  return open({
    title: 'Keyboard shortcuts',
    content: (close) => html`
      <dl class="shortcuts">
        ${shortcuts.map(({ keys, does }) => html`<dt><kbd>${keys}</kbd></dt><dd>${does}</dd>`)}
      </dl>
      <div class="actions"><button type="button" autofocus @click=${() => close()}>Close</button></div>
    `,
  });
}

function palette() {
  if (state.phase === 'ready') {
    openPalette({
      project: shownProject(),
      projects: state.projects,
      screens: visibleScreens(),
      actions: [{ label: 'Keyboard shortcuts', run: help }, ...(who()?.session ? [{ label: 'Sign out', run: leaveSession }] : [])],
    });
  }
}

// ---- View

const visibleScreens = () =>
  screens.filter((screen) => screen.label !== undefined && (!screen.ofProject || shownProject() !== undefined) && permits(screen, shownProject()));

function page() {
  if (state.phase === 'starting') {
    return html`<main class="alone"><p class="hint">Loading…</p></main>`;
  }
  if (state.phase === 'signed-out') {
    return html`
      <main class="alone">
        <h1>Variate</h1>
        ${signInForm(async (event) => (await submitToken(event)) && enter(), 'Sign in to see and change flags and experiments.')}
      </main>
      ${notices.view()}
    `;
  }
  if (state.phase instanceof Error) {
    return html`<main class="alone"><h1>Variate</h1>${problem(state.phase, () => enter())}</main>`;
  }
  const screen = state.current?.screen;
  document.title = screen ? `${typeof screen.title === 'function' ? screen.title() : screen.title} · Variate` : 'Variate console';
  return html`
    <a class="skip" href="#main" @click=${skip}>Skip to the content</a>
    <header class="top">${header()}</header>
    <div class="frame">
      <nav class=${state.menuOpen ? 'open' : ''} id="menu" aria-label="Screens">${navigation()}</nav>
      <main id="main" tabindex="-1">${screen?.view() ?? nothing}</main>
    </div>
    ${notices.view()}
  `;
}

function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

// Another project has the same screens, but other flags.
const sameScreen = () => screens.find(({ name, label, ofProject }) => name === state.place?.screen && ofProject && label !== undefined)?.name ?? 'flags';

const header = () => html`
  <button class="small menu" type="button" aria-expanded=${state.menuOpen} aria-controls="menu"
    @click=${() => {
      state.menuOpen = !state.menuOpen;
      draw();
    }}>Menu</button>
  <a class="brand" href=${href({ project: shownProject(), screen: 'flags' })}>Variate</a>
  <label class="unseen" for="project">Project</label>
  <select id="project" @change=${(event) => go({ project: event.target.value, screen: sameScreen() })}>
    ${state.place?.project === undefined ? html`<option value="" disabled selected>Project…</option>` : nothing}
    ${state.projects.map(({ id, name }) => html`<option value=${id} ?selected=${id === state.place?.project}>${projectName({ id, name })}</option>`)}
  </select>
  ${project()?.production ? html`<span class="badge production">production</span>` : nothing}
  <span class="fill"></span>
  ${liveness() === 'lost' ? html`<span class="badge bad" role="status">No connection; trying again…</span>` : nothing}
  <button class="small" type="button" @click=${palette}>Go to <kbd>Ctrl K</kbd></button>
  <button class="small" type="button" @click=${help}>Help <kbd>?</kbd></button>
  <span class="who">${who()?.name} <span class="hint">(${who()?.role})</span></span>
  ${who()?.session ? html`<button class="small" type="button" @click=${leaveSession}>Sign out</button>` : nothing}
`;

// A flag is a part of the list.
const currentIs = (name) =>
  state.place?.screen === name ? 'page' : name === 'flags' && ['flag', 'experiment'].includes(state.place?.screen) ? 'true' : nothing;

function navigation() {
  const shown = visibleScreens();
  const link = ({ name, label, ofProject }) => html`
    <li>
      <a href=${href({ project: ofProject ? shownProject() : undefined, screen: name })}
        aria-current=${currentIs(name)}>${label}</a>
    </li>
  `;
  return html`
    <ul>${shown.filter(({ ofProject }) => ofProject).map(link)}</ul>
    <ul>${shown.filter(({ ofProject }) => !ofProject).map(link)}</ul>
  `;
}
