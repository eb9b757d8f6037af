// The editor of a flag: targeting, variants, drafts, the dialog that saves, and what others change meanwhile.
import { api, focused, given, hash, open, see, serve, signIn, strangers, text, texts } from './console.mjs';

const editor = (project, type, id, tab = '') => hash(project, type, `/${id}${tab && `/${tab}`}`);
const loaded = (page) => page.locator('.flag-title').waitFor();
const notice = (page, words) => page.locator('.notice', { hasText: words }).first();
const news = (page, words) => page.locator('.news', { hasText: words }).first();
const everyone = (page) => page.getByLabel('Share of everyone else who gets a variant', { exact: true });

async function openEditor(project, type, id, options = {}) {
  const { tab, ...others } = options;
  const page = await open({ fragment: editor(project, type, id, tab), ...others });
  await loaded(page);
  return page;
}

// Opens the dialog that saves; resolves when it can be confirmed.
async function review(page) {
  await page.keyboard.press('Control+s');
  await page.locator('#save-now').waitFor();
}

async function confirm(page, reason) {
  if (reason) {
    await page.locator('#save-reason').fill(reason);
  }
  await page.locator('#save-now:enabled').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
}

const dialog = (page) => page.locator('dialog').innerText();
const kept = (page) => page.evaluate(() => Object.entries({ ...localStorage }).map((entry) => entry.join(' ')).join('\n'));
const moduleResult = (page, expression) => page.evaluate(`(async () => { const load = (name) => import('/console/' + name); ${expression} })()`);

const acts = {
  // A segment with a condition, testers, a rollout: from an empty experiment to what users get.
  async build({ project, id }) {
    const page = await openEditor(project, 'experiment', id);
    await page.getByRole('switch').click();
    await page.getByRole('button', { name: 'Edit individual users and cohorts' }).click();
    await page.getByLabel('Users with treatment').fill('tester-1');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Add a segment' }).click();
    await page.keyboard.type('Premium in DACH');
    await page.getByLabel('Property of condition 1').fill('country');
    await page.getByLabel('Values of condition 1').fill('DE');
    await page.keyboard.press('Enter');
    await page.keyboard.type('AT,');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.keyboard.type('plan');
    await page.getByLabel('Values of condition 2').fill('premium');
    await page.keyboard.press('Enter');
    await page.getByLabel('Share of matching users who get a variant', { exact: true }).fill('20');
    const ladder = await texts(page, '.step-head');
    const sentence = await text(page, '.sentence');
    await review(page);
    await page.locator('.moves').waitFor();
    await page.getByText('example users get another variant').waitFor();
    const said = await dialog(page);
    await confirm(page, 'first try');
    await notice(page, 'Saved').waitFor();
    return { page, ladder, sentence, said, draft: await kept(page) };
  },

  // A ramp and its undo without a mouse.
  async keyboard({ project, id }) {
    const page = await openEditor(project, 'experiment', id);
    await page.evaluate(() => document.getElementById('main').focus());
    const unseen = [];
    const reach = async (wanted) => {
      for (let presses = 0; presses < 80; presses += 1) {
        await page.keyboard.press('Tab');
        const { what, visible } = await focused(page);
        if (!visible) {
          unseen.push(what);
        }
        if (what === wanted) {
          return;
        }
      }
      throw new Error(`${wanted} is not reached with Tab`);
    };
    await reach('everyone-percentage');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('50');
    await page.keyboard.press('Control+s');
    await page.waitForFunction(() => document.activeElement.id === 'save-reason');
    await page.keyboard.type('ramp');
    await page.locator('#save-now:enabled').waitFor();
    await page.keyboard.press('Control+s');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await notice(page, 'Saved').waitFor();
    const ramped = (await api('GET', `experiments/${id}`)).rolloutPercentage;
    await page.waitForFunction(() => document.querySelector('#flag-save').disabled);
    await page.evaluate(() => document.getElementById('main').focus());
    await page.keyboard.press('u');
    await notice(page, 'Undone').waitFor();
    await page.waitForFunction(() => document.querySelector('#everyone-percentage').value === '10');
    return { page, unseen, ramped, undone: (await api('GET', `experiments/${id}`)).rolloutPercentage };
  },

  // Two people edit one flag: another field is merged, the same field is decided.
  async together({ project, id }) {
    const one = await openEditor(project, 'experiment', id);
    const other = await openEditor(project, 'experiment', id);
    await everyone(one).fill('30');
    await other.goto(`${given.url}/console/${editor(project, 'experiment', id, 'details')}`);
    await other.getByLabel('Description').fill('changed by the other');
    await review(other);
    await confirm(other, 'describe');
    await news(one, 'merged into your draft').waitFor();
    const merged = await text(one, '.news');
    const mine = await everyone(one).inputValue();
    await api('PATCH', `experiments/${id}`, { rolloutPercentage: 40 });
    await news(one, 'both changed one field').waitFor();
    const conflict = await text(one, '.news');
    const marked = await one.locator('.step .badge.warn').count();
    await one.keyboard.press('Control+s');
    await notice(one, 'Decide first').waitFor();
    await one.getByRole('button', { name: 'Keep mine' }).click();
    await review(one);
    const said = await dialog(one);
    await confirm(one);
    return { pages: [one, other], merged, mine, conflict, marked, said };
  },

  async takeTheirs({ project, id }) {
    const page = await openEditor(project, 'experiment', id);
    await everyone(page).fill('30');
    await api('PATCH', `experiments/${id}`, { rolloutPercentage: 40 });
    await news(page, 'both changed one field').waitFor();
    await page.getByRole('button', { name: 'Take theirs' }).click();
    await page.waitForFunction(() => document.querySelector('#flag-save').disabled);
    return { page, value: await everyone(page).inputValue() };
  },

  // The console does not hear of the other's save, so that the server refuses.
  async conflict({ project, id }) {
    const page = await open({ token: null });
    await page.route('**/api/1/changes*', (route) => route.abort());
    await signIn(page);
    await page.evaluate((to) => void (location.hash = to), editor(project, 'experiment', id));
    await loaded(page);
    await everyone(page).fill('30');
    await api('PATCH', `experiments/${id}`, { rolloutPercentage: 40 });
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: 'Merge field by field' }).waitFor();
    const said = await dialog(page);
    await page.getByRole('button', { name: 'Merge field by field' }).click();
    await news(page, 'both changed one field').waitFor();
    await page.getByRole('button', { name: 'Keep mine' }).click();
    await review(page);
    await confirm(page);
    return { page, said };
  },

  async draft({ project, id }) {
    const page = await openEditor(project, 'experiment', id);
    await everyone(page).fill('35');
    await page.reload();
    await loaded(page);
    await page.getByText('from an earlier visit').waitFor();
    const restored = await everyone(page).inputValue();
    const stored = await kept(page);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.waitForFunction(() => document.querySelector('#flag-save').disabled);
    return { page, restored, stored, value: await everyone(page).inputValue(), left: await kept(page) };
  },

  // Others save between the draft and the reload.
  async oldDraft({ project, id }) {
    const page = await openEditor(project, 'experiment', id);
    await everyone(page).fill('35');
    await page.locator('.unsaved').waitFor();
    await page.goto('about:blank');
    await api('PATCH', `experiments/${id}`, { description: 'meanwhile', rolloutPercentage: 40 });
    page.problems.length = 0;
    await page.goto(`${given.url}/console/${editor(project, 'experiment', id)}`);
    await news(page, 'both changed one field').waitFor();
    return { page, value: await everyone(page).inputValue(), news: await text(page, '.news') };
  },

  // The server refuses a save with an error, and accepts the same save later.
  async refused({ project, id, status, code, message }) {
    const page = await openEditor(project, 'experiment', id);
    await everyone(page).fill('25');
    await review(page);
    const keys = [];
    let refusals = 1;
    await page.route(
      (url) => url.pathname.endsWith('/api/1/batch') && !url.searchParams.has('dryRun'),
      (route) => {
        keys.push(route.request().headers()['idempotency-key']);
        refusals -= 1;
        return refusals < 0
          ? route.continue()
          : status === 0
            ? route.abort()
            : route.fulfill({ status, contentType: 'application/json', body: JSON.stringify({ error: { code, message } }) });
      },
    );
    await page.locator('#save-now').click();
    await page.locator('dialog [role=alert]').waitFor();
    const said = await text(page, 'dialog [role=alert]');
    const draft = await kept(page);
    await page.locator('#save-now').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    return { page, said, draft, keys, saved: (await api('GET', `experiments/${id}`)).rolloutPercentage };
  },

  // The session ends while somebody edits.
  async expired({ project, id }) {
    const page = await openEditor(project, 'experiment', id);
    await everyone(page).fill('25');
    await page.context().clearCookies();
    await page.keyboard.press('Control+s');
    await page.getByText('Your session has ended').waitFor();
    await page.locator('dialog').last().getByLabel('Token', { exact: true }).fill(given.token);
    await page.locator('dialog').last().getByRole('button', { name: 'Sign in' }).click();
    await page.locator('dialog', { hasText: 'Your session has ended' }).waitFor({ state: 'detached' });
    const value = await everyone(page).inputValue();
    await page.locator('dialog').getByRole('button', { name: 'Try again' }).click();
    await page.locator('#save-now').waitFor();
    await confirm(page);
    return { page, value, saved: (await api('GET', `experiments/${id}`)).rolloutPercentage };
  },

  async variants({ project, id, payload }) {
    const page = await openEditor(project, 'experiment', id, { tab: 'variants' });
    const before = await page.locator('#variant-1-payload').inputValue();
    await page.locator('#variant-1-description').fill('one step');
    await page.locator('#variant-0-payload').fill('{"steps": 3,}');
    const problem = await text(page, '#variant-0-payload-hint');
    await page.keyboard.press('Control+s');
    await notice(page, 'no valid JSON').waitFor();
    await page.locator('#variant-0-payload').fill(payload);
    await page.getByRole('button', { name: 'Add a variant' }).click();
    await page.keyboard.type('express');
    await page.keyboard.press('Tab');
    await page.locator('#variant-0-key').fill('baseline');
    await page.keyboard.press('Tab');
    await review(page);
    await page.locator('dialog summary', { hasText: 'As JSON' }).click();
    await page.locator('.difference').first().waitFor();
    const said = await dialog(page);
    await confirm(page);
    return { page, before, problem, said };
  },

  // A flag that is evaluation JSON: the server's problems appear while it is typed, and lead to their line.
  async raw({ project, id, bad, good }) {
    const page = await openEditor(project, 'flag', id);
    const adoption = await page.getByRole('button', { name: 'Edit it as a form…' }).waitFor().then(() => true);
    await page.locator('#definition').fill(bad);
    await page.locator('.findings .badge.bad').first().waitFor();
    const found = await texts(page, '.findings li');
    await page.locator('.findings button').first().click();
    const selected = await page.evaluate(() => {
      const area = document.getElementById('definition');
      return area.value.slice(area.selectionStart, area.selectionEnd).trim();
    });
    await page.locator('#definition').fill(good);
    await page.getByText('The server accepts it.').waitFor();
    await review(page);
    await confirm(page);
    await page.getByRole('button', { name: 'Edit it as a form…' }).click();
    await page.locator('#save-now').waitFor();
    await confirm(page);
    await everyone(page).waitFor();
    return { page, adoption, found, selected };
  },

  // The draft beside what is served, for one user and for many.
  async trial({ project, id }) {
    const page = await openEditor(project, 'experiment', id);
    await page.getByLabel('treatment', { exact: true }).fill('0');
    await everyone(page).fill('100');
    await page.locator('.outcome', { hasText: 'Draft control' }).waitFor();
    const outcome = await text(page, '.outcome');
    await page.getByRole('button', { name: 'Fill in a user who matches the first segment' }).click();
    await page.locator('.trial .seen', { hasText: 'DE' }).waitFor();
    const segments = await texts(page, '.trial .segment');
    await page.locator('#tab-try').click();
    await page.getByRole('button', { name: 'Evaluate 10,000 users' }).click();
    await page.locator('.split .verdict').waitFor();
    return { page, outcome, segments, split: await text(page, '.split') };
  },

  async promote({ project, id, target }) {
    const page = await openEditor(project, 'experiment', id, { tab: 'details' });
    await page.getByRole('button', { name: 'Copy to another project…' }).click();
    await page.getByLabel('To the project').selectOption(target);
    await page.getByRole('button', { name: 'Show the difference' }).click();
    await page.locator('#save-now').waitFor();
    const said = await dialog(page);
    await confirm(page, 'promote');
    return { page, said };
  },

  async decide({ project, id, winner }) {
    const page = await openEditor(project, 'experiment', id, { tab: 'details' });
    await page.getByLabel('Winner').selectOption(winner);
    await page.getByRole('button', { name: `Give ${winner} to all users` }).click();
    await review(page);
    const said = await dialog(page);
    await confirm(page, 'significant');
    await page.getByRole('button', { name: 'Archive…' }).click();
    await page.getByLabel('Leave the deployment without flags').check();
    await page.locator('#save-now').waitFor();
    const archive = await dialog(page);
    await confirm(page);
    await page.getByText('archived', { exact: true }).waitFor();
    return { page, said, archive };
  },

  // Names and payloads with HTML are text on every tab.
  async hostile({ project, id, name }) {
    const page = await openEditor(project, 'experiment', id);
    const shown = { targeting: (await text(page, '#main')).includes(name) };
    for (const tab of ['variants', 'details', 'try', 'history', 'json']) {
      await page.locator(`#tab-${tab}`).click();
      await page.locator(`#tab-${tab}[aria-selected=true]`).waitFor();
      shown[tab] = await page.evaluate(
        (wanted) => document.getElementById('main').innerText.includes(wanted) || [...document.querySelectorAll('input, textarea')].some(({ value }) => value.includes(wanted)),
        name,
      );
    }
    await page.locator('#tab-details').click();
    await page.getByLabel('Description').fill(name);
    await review(page);
    const said = await dialog(page);
    return { page, shown, said, strangers: await strangers(page) };
  },

  async viewer({ project, id, token }) {
    const page = await openEditor(project, 'experiment', id, { token });
    const seen = {};
    for (const tab of ['targeting', 'variants', 'details', 'json']) {
      await page.locator(`#tab-${tab}`).click();
      await page.locator(`#tab-${tab}[aria-selected=true]`).waitFor();
      seen[tab] = await page.evaluate(() => ({
        text: document.getElementById('flag-panel').innerText,
        buttons: [...document.querySelectorAll('#main button:not([role=tab])')].map((button) => button.textContent.trim()),
        fields: [...document.querySelectorAll('#main input, #main textarea, #main select')].map(({ id: field }) => field),
      }));
    }
    await page.keyboard.press('Control+s');
    return { page, seen, dialogs: await page.locator('dialog').count() };
  },

  async production({ project, id }) {
    const page = await openEditor(project, 'experiment', id);
    await everyone(page).fill('15');
    await review(page);
    const before = await page.locator('#save-now').isDisabled();
    await page.locator('#save-project').fill('another');
    const wrong = await page.locator('#save-now').isDisabled();
    await page.locator('#save-project').fill(project);
    await confirm(page);
    return { page, before, wrong, saved: (await api('GET', `experiments/${id}`)).rolloutPercentage };
  },

  // Every tab and dialog in one look.
  async look({ project, id, raw, scheme, width }) {
    const page = await openEditor(project, 'experiment', id, { scheme, width });
    const seen = {};
    seen.targeting = await see(page, 'flag-targeting');
    await page.getByRole('button', { name: 'Edit individual users and cohorts' }).click();
    await page.getByRole('button', { name: 'Edit prerequisites' }).click();
    await page.getByRole('button', { name: /Edit segment/ }).first().click();
    seen.editing = await see(page, 'flag-editing');
    for (const tab of ['variants', 'details', 'try', 'history', 'json']) {
      await page.locator(`#tab-${tab}`).click();
      await page.locator(`#tab-${tab}[aria-selected=true]`).waitFor();
      seen[tab] = await see(page, `flag-${tab}`);
    }
    await page.locator('#tab-targeting').click();
    await everyone(page).fill('60');
    await review(page);
    await page.getByText('example users get another variant').waitFor();
    await page.locator('dialog summary', { hasText: 'As JSON' }).click();
    await page.locator('dialog summary', { hasText: 'Examples' }).first().click();
    seen.save = await see(page, 'flag-save');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await api('PATCH', `experiments/${id}`, { rolloutPercentage: 41 });
    await news(page, 'both changed').waitFor();
    seen.conflict = await see(page, 'flag-conflict');
    await page.evaluate((to) => void (location.hash = to), editor(project, 'flag', raw));
    await page.locator('#definition').fill('{"key": 1}');
    await page.locator('.findings').first().waitFor();
    seen.raw = await see(page, 'flag-raw');
    return { page, seen };
  },

  // Functions without a page: expression has load(name), and returns JSON.
  async evaluate({ expression }) {
    const page = await open();
    return { page, value: await moduleResult(page, expression) };
  },
};

await serve(acts);
