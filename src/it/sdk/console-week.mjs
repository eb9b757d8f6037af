// The week of a product engineer, who uses nothing but the console. Each act continues where the one before ended, in the
// same window, and leaves a screenshot of each of its steps.
import { join } from 'node:path';
import { given, go, hash, open, serve, signIn, text, texts } from './console.mjs';

const REASON = 'ramp to half of the audience';

// The window of the engineer.
let page;
let steps = 0;

const button = (name) => page.getByRole('button', { name, exact: true });
const field = (label) => page.getByLabel(label, { exact: true });
const notice = (words) => page.locator('.notice', { hasText: words }).first().waitFor();
const chooseTab = async (name) => {
  await page.locator(`#tab-${name}`).click();
  await page.locator(`#tab-${name}[aria-selected=true]`).waitFor();
};

async function shoot(name, of = page) {
  steps += 1;
  await picture(of, `week-${String(steps).padStart(2, '0')}-${name}.png`);
}

async function picture(of, file) {
  await of.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))));
  await of.screenshot({ path: join(given.screenshots, file) });
}

// Dismisses the messages that have been read.
async function dismissMessages() {
  const messages = page.getByRole('button', { name: 'Dismiss the message' });
  while ((await messages.count()) > 0) {
    await messages.last().click();
  }
}

async function screen(name) {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
  await page.locator('#main h1', { hasText: name }).waitFor();
}

// Waits for what the dialog shows before a save, and returns its text.
async function review(name) {
  await page.locator('#save-reason').waitFor();
  await page.waitForFunction(() => !document.querySelector('dialog progress'));
  await page.locator('#save-reason').scrollIntoViewIfNeeded();
  await shoot(name);
  return text(page, 'dialog');
}

async function confirm({ reason, project } = {}) {
  if (reason) {
    await page.locator('#save-reason').fill(reason);
  }
  if (project) {
    await page.locator('#save-project').fill(project);
  }
  await page.locator('#save-now:enabled').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
}

async function createProject({ id, name, isProduction = false }) {
  await screen('Projects');
  await button('New project').click();
  await page.keyboard.type(id);
  await field('Name').fill(name);
  if (isProduction) {
    await page.getByLabel('Production').check();
  }
  await shoot(`project-${id}`);
  await button('Create').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByText('No flags yet').waitFor();
}

// Three clicks and a name. Returns the number of clicks.
async function createExperiment(name) {
  const clicks = [page.getByRole('button', { name: 'New experiment' }).first(), button('Create experiment')];
  await clicks[0].click();
  await page.keyboard.type(name);
  await page.locator('dialog .check-list').waitFor();
  await shoot(`new-${name}`);
  await clicks[1].click();
  await page.locator('.flag-title', { hasText: name }).waitFor();
  return clicks.length;
}

// Opens an experiment from the list of the project that is shown.
async function openExperiment(key) {
  await screen('Flags');
  await page.locator('.list-rows').getByRole('link', { name: key, exact: true }).click();
  await page.locator('.flag-title', { hasText: key }).waitFor();
}

// Archives the experiment that is shown, also if it is the last of its deployment.
async function archive(confirmation) {
  await chooseTab('details');
  await button('Archive…').click();
  const isLast = page.getByLabel('Leave the deployment without flags');
  await page.locator('#save-now').or(isLast).first().waitFor();
  if ((await isLast.count()) > 0) {
    await isLast.check();
  }
  await review('archive');
  await confirm(confirmation);
  await page.getByText('archived', { exact: true }).waitFor();
  await shoot('archived');
}

const acts = {
  async monday({ project, name, key }) {
    page = await open({ token: null });
    await shoot('sign-in');
    await signIn(page);
    await createProject({ id: project, name });
    const clicks = await createExperiment(key);
    await shoot('created');

    await page.getByRole('switch').click();
    await button('Edit individual users and cohorts').click();
    await field('Users with treatment').fill('tester-1');
    await page.keyboard.press('Enter');
    await button('Close individual users and cohorts').click();
    await button('Add a segment').click();
    await page.keyboard.type('Premium in DACH');
    await field('Property of condition 1').fill('country');
    await field('Values of condition 1').fill('DE');
    await page.keyboard.press('Enter');
    await page.keyboard.type('AT,');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.keyboard.type('plan');
    await field('Values of condition 2').fill('premium');
    await page.keyboard.press('Enter');
    await field('Share of matching users who get a variant').fill('20');
    await page.getByRole('button', { name: 'Fill in a user who matches the first segment' }).click();
    await page.locator('.trial > .outcome').waitFor();
    await page.locator('#segment-0').scrollIntoViewIfNeeded();
    await shoot('targeting');
    const sentence = await text(page, '.sentence');

    await page.keyboard.press('Control+s');
    await page.getByText('example users get another variant').waitFor();
    const said = await review('who-moves');
    await confirm({ reason: 'start with a fifth of the audience' });
    await notice('Saved');
    await shoot('saved');
    await dismissMessages();
    return { page, clicks, sentence, said };
  },

  async tuesday() {
    await field('Share of matching users who get a variant').fill('50');
    await field('Share of matching users who get a variant').press('Enter');
    await shoot('ramp');
    await page.keyboard.press('Control+s');
    await page.getByText('example users get another variant').waitFor();
    const said = await review('who-moves-to-half');
    await confirm({ reason: REASON });
    await notice('Saved');
    await dismissMessages();
    return { page, said };
  },

  // The search team has an experiment on the same pages.
  async exclusion({ key, other }) {
    await screen('Flags');
    await createExperiment(other);
    await screen('Groups');
    await button('New mutual exclusion group').click();
    await field('Name').fill('Conversion');
    for (const [slot, share, experiment] of [['SLOT 2', '20', other], ['SLOT 1', '80', key]]) {
      await field(`Share of ${slot}`).fill(share);
      await field(`Share of ${slot}`).blur();
      await field(`Experiments of ${slot}`).fill(experiment);
      await page.keyboard.press('Enter');
    }
    await shoot('exclusion');
    await button('Save…').click();
    const said = await review('who-leaves');
    await confirm({ reason: 'do not overlap with search' });
    await page.getByRole('region', { name: 'Conversion' }).getByText('SLOT 2').waitFor();
    return { page, said };
  },

  async holdout({ key, other }) {
    await button('New holdout group').click();
    await field('Name').fill('Fourth quarter');
    await field('Held out').fill('5');
    await field('Held out').blur();
    for (const experiment of [key, other]) {
      await field('Experiments').fill(experiment);
      await page.keyboard.press('Enter');
    }
    await button('Save…').click();
    const said = await review('holdout');
    await confirm({ reason: 'measure the quarter' });
    await page.getByRole('region', { name: 'Fourth quarter' }).getByRole('img').waitFor();
    await shoot('groups');
    await openExperiment(key);
    await page.locator('.step', { hasText: 'Fourth quarter' }).first().waitFor();
    const groups = await text(page, '.step:has-text("Groups")');
    await shoot('experiment-in-groups');
    return { page, said, groups };
  },

  // The winner goes to everybody, so the groups end first.
  async winner({ key }) {
    await dismissMessages();
    await screen('Groups');
    for (const group of ['Fourth quarter', 'Conversion']) {
      await page.getByRole('button', { name: `Archive ${group}` }).click();
      await review(`archive-${group.toLowerCase().replace(' ', '-')}`);
      await confirm({ reason: 'decided' });
      await page.getByRole('region', { name: group }).waitFor({ state: 'detached' });
    }
    await dismissMessages();
    await openExperiment(key);
    await chooseTab('details');
    await field('Winner').selectOption('treatment');
    await button('Give treatment to all users').click();
    await page.locator('#flag-winner').scrollIntoViewIfNeeded();
    await shoot('winner');
    await page.keyboard.press('Control+s');
    const said = await review('winner-moves');
    await confirm({ reason: 'treatment converts better' });
    await notice('Saved');
    await shoot('winner-saved');
    return { page, said };
  },

  async undo() {
    await page.locator('.notice', { hasText: 'Saved' }).last().getByRole('button', { name: 'Undo' }).click();
    await notice('Undone');
    await shoot('undone');
    await chooseTab('history');
    await page.locator('.event', { hasText: 'undo:' }).waitFor();
    await shoot('history');
    const events = await texts(page, '.event');
    await screen('Audit');
    await page.getByRole('row').nth(1).waitFor();
    await shoot('audit');
    return { page, events, audit: await texts(page, 'tbody tr') };
  },

  async invite({ name }) {
    await screen('Tokens');
    await button('New token').click();
    await field('Name').fill(name);
    await field('Role').selectOption('viewer');
    await shoot('invite');
    await button('Create').click();
    await page.getByRole('button', { name: `Show the token of ${name}` }).click();
    const token = await text(page, '.secret-value');
    await button('I have it').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    await shoot('tokens');
    return { page, token };
  },

  async colleague({ project, token, key }) {
    const other = await open({ fragment: hash(project, 'flags'), token });
    await other.locator('.list-rows').getByRole('link', { name: key, exact: true }).click();
    await other.locator('.step', { hasText: 'Premium in DACH' }).waitFor();
    await shoot('colleague', other);
    const seen = await text(other, '#main');
    const buttons = await texts(other, '#main button:not([role=tab])');
    await other.keyboard.press('Control+s');
    const dialogs = await other.locator('dialog').count();
    await other.locator('#tab-details').click();
    await other.locator('#flag-panel .facts').first().waitFor();
    await shoot('colleague-details', other);
    buttons.push(...(await texts(other, '#main button:not([role=tab])')));
    await other.context().close();
    return { page: other, seen, buttons, dialogs };
  },

  // From staging to production, and there to the deployment.
  async promote({ from, project, name, key, label }) {
    await dismissMessages();
    await createProject({ id: project, name, isProduction: true });
    await screen('Deployments');
    await button('New deployment').click();
    await page.keyboard.type(label);
    await button('Create').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    await shoot('production-deployment');

    await field('Project').selectOption(from);
    await openExperiment(key);
    await chooseTab('details');
    await page.getByRole('button', { name: 'Copy to another project…' }).click();
    await field('To the project').selectOption(project);
    await shoot('promote');
    await button('Show the difference').click();
    const said = await review('promote-difference');
    const withoutKey = await page.locator('#save-now').isDisabled();
    await page.locator('#save-project').fill(from);
    const withWrongKey = await page.locator('#save-now').isDisabled();
    await confirm({ reason: 'works in staging', project });
    await notice('Saved');

    await field('Project').selectOption(project);
    await openExperiment(key);
    await chooseTab('details');
    await page.getByLabel(label).check();
    await page.keyboard.press('Control+s');
    await review('promote-deployment');
    await confirm({ project });
    await notice('Saved');
    await chooseTab('targeting');
    await shoot('in-production');
    return { page, said, refused: withoutKey && withWrongKey };
  },

  async friday({ staging, production, key }) {
    await dismissMessages();
    await archive({ reason: 'cleaned up', project: production });
    await field('Project').selectOption(staging);
    await openExperiment(key);
    await archive({ reason: 'cleaned up' });
    return { page };
  },

  // “What did they get on Tuesday?”
  async question({ user, properties }) {
    await chooseTab('history');
    await page.locator('.event', { hasText: REASON }).getByRole('button', { name: 'Ask as of then' }).click();
    await page.getByLabel('User id').fill(user);
    await page.getByLabel('Properties of the user').fill(properties);
    await button('What did they get?').click();
    const answer = page.getByRole('region', { name: 'Answer' });
    await answer.waitFor();
    await answer.evaluate((element) => element.scrollIntoView({ block: 'start' }));
    await page.mouse.wheel(0, -160);
    await shoot('tuesday');
    return { page, answer: await answer.innerText() };
  },

  // The pictures of the documents.
  async pictures({ project, id, count, selected }) {
    page = await open({ fragment: hash(project, 'flags') });
    await page.waitForFunction((wanted) => document.querySelector('#grid')?.getAttribute('aria-rowcount') === `${wanted + 1}`, count);
    await page.getByRole('checkbox', { name: `Select ${selected}`, exact: true }).check();
    await picture(page, 'console-list.png');
    await go(page, hash(project, 'experiment', `/${id}`));
    await page.getByRole('button', { name: 'Fill in a user who matches the first segment' }).click();
    await page.locator('.trial .seen').first().waitFor();
    await page.mouse.move(0, 0);
    await picture(page, 'console.png');
    return { page };
  },
};

await serve(acts, { keepsPages: true });
