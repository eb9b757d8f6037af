// The list of flags, what is done with several of them, creation, the palette, stale flags, and signing in.
import { api, focused, given, go, hash, open, see, serve, signIn, strangers, text, texts } from './console.mjs';

const rows = (page) => page.locator('.list-rows .row');
const keys = (page) => page.locator('.list-rows .row').evaluateAll((found) => found.map((row) => row.querySelector('a').textContent.trim()));
const listed = (page, count) => page.waitForFunction((wanted) => document.querySelector('#grid')?.getAttribute('aria-rowcount') === `${wanted + 1}`, count);
const list = (project, rest) => hash(project, 'flags', rest);

const stored = (page) =>
  page.evaluate(() => JSON.stringify({ local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie, address: location.href }));

const acts = {
  async signIn() {
    const page = await open({ token: null });
    await page.getByLabel('Token', { exact: true }).fill('nobody');
    await page.getByRole('button', { name: 'Sign in' }).click();
    const problem = await page.getByRole('alert').innerText();
    await signIn(page);
    await page.reload();
    await page.locator('#main').waitFor();
    const known = await text(page, '.top');
    const [cookie] = await page.context().cookies();
    const kept = await stored(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token', { exact: true }).waitFor();
    await page.reload();
    await page.getByLabel('Token', { exact: true }).waitFor();
    return { page, problem, known, cookie, leaks: kept.includes(given.token) };
  },

  // Three clicks: new, create, and nothing else but a name.
  async create({ project, type, name }) {
    const page = await open({ fragment: list(project) });
    await page.getByRole('button', { name: type === 'flag' ? 'New flag' : 'New experiment' }).first().click();
    await page.keyboard.type(name);
    const key = await page.getByLabel('Key', { exact: true }).inputValue();
    await page.locator('dialog .check-list').waitFor();
    const deployment = await texts(page, 'dialog .check-list .check');
    await page.getByRole('button', { name: `Create ${type}` }).click();
    await page.waitForURL((url) => url.hash.includes(`/${type}/`));
    return { page, key, deployment, address: page.url() };
  },

  async takenKey({ project, name }) {
    const page = await open({ fragment: list(project) });
    await listed(page, 1);
    await page.getByRole('button', { name: 'New flag' }).first().click();
    await page.keyboard.type(name);
    await page.locator('#new-key[aria-invalid=true]').waitFor();
    return {
      page,
      problem: await text(page, '#new-key-hint'),
      disabled: await page.getByRole('button', { name: 'Create flag' }).isDisabled(),
    };
  },

  async filter({ project, count, query, matching }) {
    const page = await open({ fragment: list(project) });
    await listed(page, count);
    await page.keyboard.press('/');
    await page.keyboard.type(query);
    await listed(page, matching);
    await page.getByLabel('Type').selectOption('experiment');
    await page.getByRole('button', { name: 'State' }).click();
    const address = page.url();
    const before = await keys(page);
    await page.reload();
    await rows(page).first().waitFor();
    const after = await keys(page);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await listed(page, count);
    await page.getByLabel('Search by key, name or tag').fill('no such flag');
    await page.getByText('Nothing matches').waitFor();
    return { page, address, before, after, sort: await page.evaluate(() => new URLSearchParams(location.hash.split('?')[1]).get('sort')) };
  },

  // Only the visible rows of a long list are elements; its place is kept while others change it and when one comes back.
  async long({ project, count, changed }) {
    const page = await open({ fragment: list(project) });
    await listed(page, count);
    const drawn = await rows(page).count();
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
    await page.waitForFunction((half) => Number(document.querySelector('.list-rows .row')?.getAttribute('aria-rowindex')) > half, count / 4);
    const visible = () =>
      page.evaluate(() => {
        const row = [...document.querySelectorAll('.list-rows .row')].find((each) => each.getBoundingClientRect().top >= 100);
        return { id: row.id, top: Math.round(row.getBoundingClientRect().top) };
      });
    const before = await visible();
    const index = Number(await page.locator(`#${before.id}`).getAttribute('aria-rowindex'));
    await api('PATCH', `flags/${changed}`, { description: 'changed by somebody else' });
    await page.waitForFunction(
      ([id, wanted]) => Number(document.getElementById(id)?.getAttribute('aria-rowindex')) === wanted,
      [before.id, index + 1],
    );
    const after = await visible();
    await page.locator(`#${before.id} a`).click();
    await page.waitForURL((url) => !url.hash.includes('/flags'));
    await page.goBack();
    await page.locator(`#${before.id}`).waitFor();
    await page.waitForFunction(() => scrollY > 1000);
    return { page, drawn, before, after, back: await visible() };
  },

  // tag: added; target: the project to copy to.
  async bulk({ project, count, action, tag, target }) {
    const page = await open({ fragment: list(project) });
    await listed(page, count);
    await rows(page).nth(0).getByRole('checkbox').check();
    await rows(page).nth(2).getByRole('checkbox').click({ modifiers: ['Shift'] });
    const selected = await text(page, '.bulk p');
    await page.getByRole('button', { name: action, exact: true }).click();
    if (tag !== undefined) {
      await page.locator('#tags-added:focus').waitFor();
      await page.keyboard.type(tag);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Continue' }).click();
    }
    if (target !== undefined) {
      await page.getByLabel('To project').selectOption(target);
      await page.getByRole('button', { name: 'Continue' }).click();
    }
    await page.locator('#save-now:enabled').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    return { page, selected };
  },

  async keyboard({ project, count, wanted }) {
    const page = await open({ fragment: list(project) });
    await listed(page, count);
    for (const key of ['j', 'j', 'k', 'x', 'j', 'j', 'Shift+X']) {
      await page.keyboard.press(key);
    }
    const selected = await text(page, '.bulk p');
    const inList = await focused(page);
    await page.keyboard.press('Escape');
    const cleared = await page.locator('.bulk').count();
    await page.keyboard.press('Control+k');
    await page.locator('#palette').waitFor();
    await page.keyboard.type(wanted);
    await page.locator('[role=option][aria-selected=true]', { hasText: wanted }).waitFor();
    const options = await texts(page, '[role=option] .option-label');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.hash.includes('/flag/') || url.hash.includes('/experiment/'));
    const byPalette = page.url();
    await go(page, list(project));
    await listed(page, count);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => !url.hash.includes('/flags'));
    return { page, selected, inList, cleared, options, byPalette, byList: page.url() };
  },

  async viewer({ project, token, count }) {
    const page = await open({ fragment: list(project), token });
    await listed(page, count);
    await page.keyboard.press('Control+k');
    const options = await texts(page, '[role=option] .option-label');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    const shortcuts = await texts(page, '.shortcuts dd');
    await page.keyboard.press('Escape');
    return { page, buttons: await texts(page, '#main button'), checkboxes: await page.getByRole('checkbox').count(), options, shortcuts };
  },

  // What an editor with few rights can select.
  async limited({ project, token, count }) {
    const page = await open({ fragment: list(project), token });
    await listed(page, count);
    await page.keyboard.press('a');
    const selected = await page.locator('.list-rows .row.selected a').allInnerTexts();
    await page.getByRole('button', { name: 'New flag' }).first().click();
    await page.keyboard.type('Other');
    await page.locator('#new-key[aria-invalid=true]').waitFor();
    return { page, selected, problem: await text(page, '#new-key-hint') };
  },

  // A flag that somebody else creates or renames appears without a reload.
  async live({ project, count, id }) {
    const page = await open({ fragment: list(project) });
    await listed(page, count);
    await page.keyboard.press('j');
    const at = await text(page, '.row.at a');
    await api('POST', 'flags', { projectId: project, key: 'from-a-script' });
    await listed(page, count + 1);
    await api('PATCH', `flags/${id}`, { name: 'Renamed by a script' });
    await page.getByText('Renamed by a script').waitFor();
    return { page, keys: await keys(page), at, stillAt: await text(page, '.row.at a') };
  },

  // What changed in a project while another one was shown.
  async revisit({ project, other, id }) {
    const page = await open({ fragment: list(project) });
    await listed(page, 1);
    await page.getByLabel('Project', { exact: true }).selectOption(other);
    await page.getByText('No flags yet').waitFor();
    await api('PATCH', `flags/${id}`, { name: 'Renamed meanwhile' });
    await page.getByLabel('Project', { exact: true }).selectOption(project);
    await page.getByText('Renamed meanwhile').waitFor();
    return { page, keys: await keys(page) };
  },

  async hostile({ project, name }) {
    const page = await open({ fragment: list(project) });
    await listed(page, 1);
    const shown = await keys(page);
    await page.keyboard.press('Control+k');
    await page.locator('.palette [role=option]', { hasText: name }).waitFor();
    return { page, shown, strangers: await strangers(page) };
  },

  async stale({ project }) {
    const page = await open({ fragment: hash(project, 'stale') });
    // The link of a flag appears with its summary.
    await page.locator('.stale-name a').first().waitFor();
    const flags = await texts(page, '.stale-name a');
    const reasons = await texts(page, '.stale-flag ul');
    await page.getByRole('button', { name: 'Select all' }).click();
    await page.getByRole('button', { name: 'Archive' }).click();
    await page.locator('#save-now:enabled').click();
    await page.getByText('No stale flags').waitFor();
    return { page, flags, reasons };
  },

  // How each screen looks in one colour scheme and width.
  async look({ scheme, width, project, empty, count }) {
    const page = await open({ scheme, width, token: null });
    const seen = { 'sign-in': await see(page, 'sign-in') };
    await signIn(page);
    await go(page, list(empty));
    await page.getByText('No flags yet').waitFor();
    seen.empty = await see(page, 'empty');
    await go(page, list(project));
    await listed(page, count);
    seen.list = await see(page, 'list');
    await rows(page).nth(1).getByRole('checkbox').check();
    seen.selected = await see(page, 'selected');
    await page.getByRole('button', { name: 'Tags…' }).click();
    await page.locator('#tags-added').waitFor();
    seen.tags = await see(page, 'tags');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'New experiment' }).first().click();
    await page.locator('dialog .check-list').waitFor();
    seen.create = await see(page, 'create');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.locator('#palette').waitFor();
    seen.palette = await see(page, 'palette');
    await page.keyboard.press('Escape');
    await go(page, hash(project, 'stale'));
    await page.locator('.stale-flag, .empty-title').first().waitFor();
    seen.stale = await see(page, 'stale');
    return { page, seen };
  },
};

await serve(acts);
