// The screens beside the list and the editor of flags: history, groups, deployments, cohorts, tokens, audit, projects, cluster.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { api, given, go, hash, open, see, serve, strangers, text, texts } from './console.mjs';

const button = (page, name) => page.getByRole('button', { name });
const dialog = (page) => page.locator('dialog');
const closed = (page) => dialog(page).waitFor({ state: 'detached' });
const said = (page, words) => page.locator('.notice').filter({ hasText: words }).first().waitFor();

// All that a script or a later user of the browser could find: storage, address, and the page.
const traces = (page) =>
  page.evaluate(() =>
    JSON.stringify({
      local: { ...localStorage },
      session: { ...sessionStorage },
      cookie: document.cookie,
      address: location.href,
      state: history.state,
      page: document.documentElement.outerHTML,
      fields: [...document.querySelectorAll('input, textarea')].map(({ value }) => value),
    }),
  );

// Confirms the dialog that shows what a save changes; resolves to its text.
async function confirmSave(page, reason) {
  await page.getByLabel('Reason').waitFor();
  const shown = await text(page, 'dialog');
  if (reason) {
    await page.getByLabel('Reason').fill(reason);
  }
  await dialog(page).getByRole('button', { name: 'Save', exact: true }).click();
  await closed(page);
  return shown;
}

const acts = {
  // A deployment gets created, its key shown, and then a new key.
  async deployment({ project, label }) {
    const page = await open({ fragment: hash(project, 'deployments') });
    await button(page, 'New deployment').click();
    await page.getByLabel('Label').fill(label);
    await button(page, 'Create').click();
    await closed(page);
    const hidden = await traces(page);
    await button(page, `Show the key of ${label}`).click();
    const key = await text(page, '.secret-value');
    await button(page, `New key for ${label}`).click();
    await page.getByLabel('Time to change applications').selectOption('168');
    await button(page, 'Give it a new key').click();
    await closed(page);
    const previous = await text(page, '.previous');
    await button(page, `Show the key of ${label}`).click();
    const next = await text(page, '.secret-value');
    await go(page, hash(project, 'history'));
    await page.getByRole('heading', { name: 'History' }).waitFor();
    const left = await traces(page);
    return { page, key, next, previous, hides: !hidden.includes(key), leaks: [key, next].some((each) => left.includes(each)) };
  },

  async token({ name, project }) {
    const page = await open({ fragment: '#/tokens' });
    await button(page, 'New token').click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Role').selectOption('editor');
    await page.getByLabel('Projects').fill(project);
    await page.keyboard.press('Enter');
    await page.getByLabel('Keys that begin with').fill('pay-');
    await page.keyboard.press('Enter');
    await button(page, 'Create').click();
    await button(page, `Show the token of ${name}`).click();
    const token = await text(page, '.secret-value');
    await button(page, 'I have it').click();
    await closed(page);
    const row = await page.getByRole('row', { name }).innerText();
    const left = await traces(page);
    const me = () => fetch(`${given.url}/api/1/me`, { headers: { Authorization: `Bearer ${token}` } });
    const known = await (await me()).json();
    await button(page, `Revoke ${name}`).click();
    await dialog(page).getByRole('button', { name: 'Revoke' }).click();
    await said(page, 'is revoked');
    return { page, row, known, leaks: left.includes(token), revoked: (await me()).status };
  },

  // Shares cannot exceed 100 % together; an experiment moves; all is saved as one write.
  async groups({ project, first, second }) {
    const page = await open({ fragment: hash(project, 'groups') });
    await button(page, 'New mutual exclusion group').click();
    await page.getByLabel('Name').fill('Checkout area');
    await page.getByLabel('Share of SLOT 1', { exact: true }).fill('30');
    await page.getByLabel('Share of SLOT 1', { exact: true }).blur();
    await page.getByLabel('Share of SLOT 2', { exact: true }).fill('95');
    await page.getByLabel('Share of SLOT 2', { exact: true }).blur();
    const kept = await page.getByLabel('Share of SLOT 2', { exact: true }).inputValue();
    for (const [slot, key] of [['SLOT 1', first], ['SLOT 2', second]]) {
      await page.getByLabel(`Experiments of ${slot}`).fill(key);
      await page.keyboard.press('Enter');
    }
    await button(page, 'Save…').click();
    await confirmSave(page);
    const card = page.getByRole('region', { name: 'Checkout area' });
    await card.getByText('SLOT 2').waitFor();
    const bar = await card.getByRole('img').getAttribute('aria-label');
    await button(page, 'Edit Checkout area').click();
    await page.getByLabel('Share of SLOT 2', { exact: true }).fill('40');
    await page.getByLabel('Share of SLOT 2', { exact: true }).blur();
    await page.getByLabel('Experiments of SLOT 2').fill(first);
    await page.keyboard.press('Enter');
    await button(page, 'Save…').click();
    const shown = await confirmSave(page, 'one at a time');
    return { page, kept, bar, shown };
  },

  async holdout({ project, experiment }) {
    const page = await open({ fragment: hash(project, 'groups') });
    await button(page, 'New holdout group').click();
    await page.getByLabel('Name').fill('Fourth quarter');
    await page.getByLabel('Experiments', { exact: true }).fill(experiment);
    await page.keyboard.press('Enter');
    await page.getByLabel('Held out', { exact: true }).fill('12');
    await page.getByLabel('Held out', { exact: true }).blur();
    await button(page, 'Save…').click();
    const shown = await confirmSave(page);
    const bar = await page.getByRole('region', { name: 'Fourth quarter' }).getByRole('img').getAttribute('aria-label');
    return { page, shown, bar };
  },

  // Uploads a file of `count` plain lines, and notes what the progress showed.
  async cohort({ project, id, count }) {
    const file = join(given.screenshots, `members-${id}.txt`);
    await writeFile(file, Array.from({ length: count }, (_, i) => `user "${i}"`).join('\r\n'));
    const page = await open({ fragment: hash(project, 'cohorts') });
    await page.evaluate(() => {
      window.progress = [];
      new MutationObserver(() => {
        const shown = document.querySelector('dialog [role=status]')?.textContent;
        if (shown && window.progress.at(-1) !== shown) {
          window.progress.push(shown);
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await button(page, 'New cohort').first().click();
    await page.getByLabel('Id', { exact: true }).fill(id);
    await page.getByLabel('File').setInputFiles(file);
    await button(page, 'Upload').click();
    await closed(page);
    await said(page, 'members');
    return { page, row: await page.getByRole('row', { name: id }).innerText(), progress: await page.evaluate(() => window.progress) };
  },

  async pasteAndCancel({ project, id }) {
    const page = await open({ fragment: hash(project, 'cohorts') });
    // The server answers when the test permits it.
    await page.route('**/api/1/cohorts/**', (route) => (route.request().method() === 'PUT' ? undefined : route.continue()));
    await button(page, 'New cohort').first().click();
    await page.getByLabel('Id', { exact: true }).fill(id);
    await page.getByLabel('Or paste ids').fill('user-1\nuser-2\n');
    await button(page, 'Upload').click();
    await button(page, 'Cancel the upload').click();
    await button(page, 'Upload').waitFor();
    const kept = await page.getByLabel('Or paste ids').inputValue();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await button(page, 'Upload').click();
    await closed(page);
    await said(page, 'members');
    return { page, kept };
  },

  async describeCohort({ project, id, name, description }) {
    const page = await open({ fragment: hash(project, 'cohorts') });
    await button(page, `Change ${id}`).click();
    await dialog(page).getByLabel('Name').fill(name);
    await dialog(page).getByLabel('Description').fill(description);
    await dialog(page).getByRole('button', { name: 'Save' }).click();
    await closed(page);
    return { page, row: await page.getByRole('row', { name }).innerText() };
  },

  async deleteCohort({ project, id, used }) {
    const page = await open({ fragment: hash(project, 'cohorts') });
    await button(page, `Delete ${id}`).click();
    await dialog(page).getByRole('button', { name: 'Delete' }).click();
    if (used) {
      const problem = await dialog(page).getByRole('alert').innerText();
      return { page, problem };
    }
    await closed(page);
    await said(page, 'is deleted');
    return { page };
  },

  // The history of an experiment: what it says, a comparison, and the way back to version `back`.
  async history({ project, id, back }) {
    const page = await open({ fragment: hash(project, `experiment/${id}/history`) });
    await page.locator('.event').first().waitFor();
    const events = await texts(page, '.event');
    await page.locator(`[data-version="${back}"]`).getByRole('button', { name: 'Compare with now' }).click();
    await page.locator('.comparison .difference').first().waitFor();
    const comparison = await text(page, '.comparison');
    const address = page.url();
    await page.locator(`[data-version="${back}"]`).getByRole('button', { name: 'Restore this version' }).click();
    const shown = await confirmSave(page, 'back to where it was');
    await page.locator('.event').filter({ hasText: 'back to where it was' }).waitFor();
    return { page, events, comparison, address, shown };
  },

  // “What did user-1 get then?”, asked from the entry of a version.
  async then({ project, id, version, user, properties }) {
    const page = await open({ fragment: hash(project, `experiment/${id}/history`) });
    await page.locator(`[data-version="${version}"]`).getByRole('button', { name: 'Ask as of then' }).click();
    await page.getByLabel('User id').fill(user);
    await page.getByLabel('Properties of the user').fill(properties ?? '');
    await button(page, 'What did they get?').click();
    const answer = page.getByRole('region', { name: 'Answer' });
    await answer.waitFor();
    return { page, answer: await answer.innerText() };
  },

  async audit({ project, actor, action }) {
    const page = await open({ fragment: hash(project, 'audit') });
    await page.getByRole('row').nth(1).waitFor();
    const all = await page.locator('tbody tr').count();
    await page.getByLabel('Who').fill(actor);
    await page.getByLabel('What').selectOption(action);
    await page.waitForFunction((before) => {
      const count = document.querySelectorAll('tbody tr').length;
      return count > 0 && count < before;
    }, all);
    const address = page.url();
    const rows = await texts(page, 'tbody tr');
    await page.reload();
    await page.getByRole('row').nth(1).waitFor();
    const again = await texts(page, 'tbody tr');
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download all as NDJSON').click()]);
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line));
    return { page, address, all, rows: rows.length, again: again.length, name: download.suggestedFilename(), lines: lines.map((entry) => `${entry.actor} ${entry.action}`) };
  },

  async project({ id }) {
    const page = await open({ fragment: '#/projects' });
    await button(page, 'New project').click();
    await page.getByLabel('Key').fill(id);
    await page.getByLabel('Name').fill('The shop');
    await page.getByLabel('Production').check();
    await button(page, 'Create').click();
    await closed(page);
    await page.getByRole('link', { name: 'The shop', exact: true }).click();
    await page.locator('.top .production').waitFor();
    return { page, address: page.url(), selected: await page.locator('#project').evaluate((select) => select.selectedOptions[0].textContent) };
  },

  async cluster() {
    const page = await open({ fragment: '#/cluster' });
    await page.locator('.verdict-line').first().waitFor();
    const first = await text(page, '#main');
    let requests = 0;
    page.on('response', (response) => (requests += response.url().endsWith('/cluster') ? 1 : 0));
    await page.waitForResponse((response) => response.url().endsWith('/cluster'));
    return { page, verdict: await text(page, '.verdicts'), nodes: await texts(page, 'tbody tr'), first };
  },

  // What the verdict says for each status of Kafka.
  async verdicts({ statuses }) {
    const page = await open();
    const verdicts = {};
    for (const status of statuses) {
      await page.route('**/api/1/cluster', async (route) => {
        const response = await route.fetch();
        const body = await response.json();
        body.nodes.forEach((node) => (node.kafka = { status }));
        await route.fulfill({ response, json: body });
      });
      await go(page, '#/cluster');
      await page.locator('.verdict-line').first().waitFor();
      verdicts[status] = await text(page, '.verdicts');
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await go(page, '#/projects');
      await page.getByRole('heading', { name: 'Projects' }).waitFor();
    }
    return { page, verdicts };
  },

  // What a role may do: the buttons of each screen.
  async buttons({ project, token, experiment }) {
    const page = await open({ token });
    const seen = {};
    for (const [name, fragment] of Object.entries(screens({ project, experiment }))) {
      await go(page, fragment);
      await settled(page);
      seen[name] = await page.locator('#main').getByRole('button').allInnerTexts();
    }
    return { page, seen, navigation: await texts(page, 'nav a') };
  },

  // Each screen and dialog in one size and colour scheme.
  async look({ project, experiment, scheme, width }) {
    const page = await open({ scheme, width });
    const seen = {};
    for (const [name, fragment] of Object.entries(screens({ project, experiment }))) {
      await go(page, fragment);
      await settled(page);
      seen[name] = await see(page, name);
    }
    for (const [name, [fragment, act]] of Object.entries(dialogs({ project, experiment }))) {
      await go(page, fragment);
      await settled(page);
      await act(page);
      seen[name] = await see(page, name);
      await page.keyboard.press('Escape');
    }
    return { page, seen };
  },

  async hostile({ project, experiment }) {
    const page = await open();
    const seen = {};
    for (const [name, fragment] of Object.entries(screens({ project, experiment }))) {
      await go(page, fragment);
      await settled(page);
      seen[name] = await text(page, '#main');
    }
    return { page, seen, strangers: await strangers(page) };
  },
};

const screens = ({ project, experiment }) => ({
  history: hash(project, 'history'),
  'flag-history': hash(project, `experiment/${experiment}/history`),
  then: hash(project, 'history', '?view=then'),
  groups: hash(project, 'groups'),
  deployments: hash(project, 'deployments'),
  cohorts: hash(project, 'cohorts'),
  audit: hash(project, 'audit'),
  projects: '#/projects',
  tokens: '#/tokens',
  cluster: '#/cluster',
});

const dialogs = ({ project, experiment }) => ({
  comparison: [
    hash(project, `experiment/${experiment}/history`, '?compare=1-2'),
    (page) => page.locator('.comparison .difference').first().waitFor(),
  ],
  'group-editor': [hash(project, 'groups'), (page) => button(page, /^Edit /).first().click()],
  'new-deployment': [hash(project, 'deployments'), (page) => button(page, 'New deployment').click()],
  'new-key': [hash(project, 'deployments'), (page) => button(page, /^New key/).first().click()],
  'new-cohort': [hash(project, 'cohorts'), (page) => button(page, 'New cohort').first().click()],
  'audit-entry': [hash(project, 'audit'), (page) => button(page, /^Difference/).first().click()],
  'new-project': ['#/projects', (page) => button(page, 'New project').click()],
  'new-token': ['#/tokens', (page) => button(page, 'New token').click()],
});

// Everything that the screen reads has arrived.
async function settled(page) {
  await page.locator('#main h1').waitFor();
  await page.waitForFunction(() => !document.querySelector('#main').textContent.includes('Loading…'));
}

await serve(acts);
