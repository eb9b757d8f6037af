// Uses the evaluation page in Chromium as people do, and prints what there is to see: one line for each line of standard
// input, which names what to do. A page that breaks its own rules says so in "problems".
//
// node evaluation-page.mjs '{"chromium", "url", "key", "screenshots"}'
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { argument, commands, print } from './lines.mjs';

const PATIENCE_MS = 60_000;

const given = argument();
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// It is not looked for as programs are.
const places = process.env.PATH.split(delimiter).map((directory) => join(directory, given.chromium));
const browser = await chromium.launch({
  executablePath: places.find((place) => existsSync(place)),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  ],
});

async function open(settings = {}, fragment = '') {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...settings });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: given.url });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.problems = [];
  // Chromium reports each answer that is an error, whatever a page makes of it.
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) {
      page.problems.push(`console: ${line.text()}`);
    }
  });
  page.on('pageerror', (error) => page.problems.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => page.problems.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (!given.servers.some((server) => request.url().startsWith(`${server}/`))) {
      page.problems.push(`request: ${request.url()}`);
    }
  });
  await page.exposeFunction('tellViolation', (violation) => page.problems.push(`policy: ${violation}`));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', (e) => window.tellViolation(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`)),
  );
  await page.goto(`${given.url}/${fragment}`);
  await page.getByLabel('Server zone').waitFor();
  return page;
}

const fields = { key: 'Deployment key', userId: 'User id', deviceId: 'Device id', flagKeys: 'Flag keys', context: 'Context' };

async function fill(page, form) {
  for (const [name, value] of Object.entries({ key: given.key, ...form })) {
    if (name === 'zone') {
      await page.getByLabel('Server zone').selectOption(value);
    } else {
      await page.getByLabel(fields[name], { exact: true }).fill(value);
    }
  }
}

async function send(page, form) {
  await fill(page, form);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('.badge').waitFor();
}

const view = (page, name) => page.getByRole('tab', { name }).click();
const text = (page, selector) => page.locator(selector).first().innerText();
const texts = (page, selector) => page.locator(selector).allInnerTexts();

async function why(page) {
  await view(page, 'Why');
  await page.locator('details.flag').first().waitFor();
}

async function split(page, count) {
  await view(page, 'Who gets what');
  await page.getByLabel('How many').fill(`${count}`);
  await page.getByRole('button', { name: 'Run' }).click();
  await page.locator('.verdict').first().waitFor();
}

const audit = (page) =>
  page.evaluate(`${axe}; axe.run()`).then(({ violations, passes }) => ({
    violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`),
    passes: passes.length,
  }));

const tooWide = (page) =>
  page.evaluate(() =>
    document.documentElement.scrollWidth <= innerWidth
      ? []
      : [...document.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 120)),
  );

const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    return {
      what: element.id || element.textContent.trim().replace(/\s+/g, ' ') || element.tagName,
      visible: element === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
    };
  });

const acts = {
  // The views of one size and colour scheme: whether they are accessible, fit, and how they look.
  async look({ scheme, width }) {
    const page = await open({ colorScheme: scheme, viewport: { width, height: 860 } });
    const seen = {};
    const see = async (name) => {
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(given.screenshots, `${name}-${scheme}-${width}.png`), fullPage: true });
      seen[name] = { ...(await audit(page)), tooWide: await tooWide(page) };
    };
    await see('empty');
    await page.getByRole('button', { name: 'Example' }).click();
    await send(page, { userId: 'user-1' });
    await see('answer');
    await why(page);
    for (const key of ['checkout-redesign', 'delivery-offer', 'search-ranking']) {
      await page.locator(`[data-flag="${key}"] > summary`).click();
      await page.locator(`[data-flag="${key}"] .segment`).first().waitFor();
      await page.locator(`[data-flag="${key}"] .segment`).first().waitFor();
    }
    await see('why');
    await split(page, 2000);
    await see('split');
    await fill(page, { key: 'nobody', context: '{"country": DE}' });
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.problem').waitFor();
    await see('refused');
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    return { page, seen, ground };
  },

  async send({ form }) {
    const page = await open();
    await send(page, form);
    return {
      page,
      badge: await text(page, '.badge'),
      status: await text(page, '.status'),
      said: await page.getByRole('status').innerText(),
      headers: await texts(page, '.headers > div'),
      json: await page.locator('.json').allInnerTexts(),
      colours: await page.evaluate(() => new Set([...document.querySelectorAll('.json span')].map((e) => getComputedStyle(e).color)).size),
      problem: await texts(page, '.problem'),
      hint: await text(page, '#context-hint'),
      wrong: await page.evaluate(() => [...document.querySelectorAll('[aria-invalid=true]')].map(({ id }) => id)),
    };
  },

  // What is copied, and what the page itself gets for the same.
  async curl({ form }) {
    const page = await open();
    await fill(page, form);
    const answer = page.waitForResponse((response) => response.url().includes('/v1/vardata'));
    await page.getByRole('button', { name: 'Send' }).click();
    const body = await (await answer).text();
    await page.getByRole('button', { name: 'Copy curl' }).click();
    await page.getByText('curl copied').waitFor();
    return { page, body, status: (await answer).status(), command: await page.evaluate(() => navigator.clipboard.readText()) };
  },

  async link({ form }) {
    const page = await open();
    await fill(page, form);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText('Link copied').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await page.waitForURL((url) => url.hash !== '');
    const other = await open({}, link.slice(link.indexOf('#')));
    const restored = {};
    for (const [name, label] of Object.entries(fields)) {
      restored[name] = await other.getByLabel(label, { exact: true }).inputValue();
    }
    await other.context().close();
    return { page, link, address: page.url(), restored };
  },

  async why({ form, flag }) {
    const page = await open();
    await send(page, form);
    await why(page);
    const summaries = await texts(page, 'details.flag > summary');
    const details = page.locator(`[data-flag="${flag}"]`);
    await details.locator('summary').click();
    await details.locator('.segment').first().waitFor();
    const facts = {
      segments: await details.locator('.segment').allInnerTexts(),
      bars: await details.locator('.scale').evaluateAll((bars) => bars.map((bar) => bar.getAttribute('aria-label'))),
      dependencies: await details.locator('.depends a').allInnerTexts(),
    };
    if (facts.dependencies.length > 0) {
      await details.locator('.depends a').first().click();
      facts.led = (await focused(page)).what;
      facts.opened = await page.evaluate(() => document.activeElement.parentElement.open);
    }
    return { page, summaries, ...facts };
  },

  async refusedWhy({ form }) {
    const page = await open();
    await send(page, form);
    await view(page, 'Why');
    return { page, problem: await text(page, '.problem') };
  },

  async split({ form, ids }) {
    const page = await open();
    await fill(page, form);
    if (ids === undefined) {
      await split(page, 10000);
    } else {
      await view(page, 'Who gets what');
      await page.getByLabel('Paste ids').check();
      await page.getByLabel('Ids, one per line').fill(ids);
      await page.getByRole('button', { name: 'Run' }).click();
      await page.locator('.verdict').first().waitFor();
    }
    return {
      page,
      flags: await texts(page, '.split h2'),
      rows: await texts(page, '.split tbody tr:not(.chart)'),
      bars: await page.locator('.bars').count(),
      verdicts: await texts(page, '.verdict'),
    };
  },

  async stop() {
    const page = await open();
    await fill(page, {});
    await view(page, 'Who gets what');
    // Goes on for as long as it is read slowly, which the network of the page is made to be.
    const network = await page.context().newCDPSession(page);
    await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: 200, uploadThroughput: -1 });
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.progress', { hasText: 'stopped' }).waitFor();
    return { page, progress: await text(page, '.progress'), runnable: await page.getByRole('button', { name: 'Run' }).isEnabled() };
  },

  async keyboard() {
    const page = await open();
    const way = [];
    const tab = async () => {
      await page.keyboard.press('Tab');
      way.push(await focused(page));
      return way.at(-1).what;
    };
    const tabTo = async (what) => {
      while ((await tab()) !== what) {
        if (way.length > 60) {
          throw new Error(`${what} cannot be reached: ${JSON.stringify(way)}`);
        }
      }
    };
    await tabTo('key');
    await page.keyboard.type(given.key);
    await tabTo('userId');
    await page.keyboard.type('user-1');
    await page.keyboard.press('Enter');
    await page.locator('.badge').waitFor();
    await tabTo('tab-answer');
    await page.keyboard.press('ArrowRight');
    await page.locator('details.flag').first().waitFor();
    const selected = (await focused(page)).what;
    while (!(await tab()).startsWith('checkout-redesign')) {
      // The flags before it.
    }
    await page.keyboard.press('Enter');
    await page.locator('.flag-body').waitFor();
    const bars = await page.locator('.scale').count();
    return { page, selected, bars, unseen: way.filter(({ visible }) => !visible).map(({ what }) => what) };
  },

  // What stands in a page that shows texts of others.
  async hostile({ flag }) {
    const page = await open();
    await send(page, { userId: '<b id=mine>me</b>', flagKeys: flag });
    const json = await text(page, '.json');
    await why(page);
    const summary = await text(page, 'details.flag > summary');
    const body = await text(page, '.flag-body');
    await split(page, 100);
    const heading = await text(page, '.split h2');
    const strangers = await page.evaluate(() =>
      [...document.body.querySelectorAll('script, iframe, b#mine, img:not([src="page/icon.svg"]), [onerror], [onload]')].map((e) => e.outerHTML),
    );
    return { page, json, summary, body, heading, strangers };
  },
};

await commands(async (line) => {
  const { act, ...parameters } = JSON.parse(line);
  let page;
  try {
    const facts = await acts[act](parameters);
    page = facts.page;
    print({ ...facts, page: undefined, problems: page.problems });
  } catch (e) {
    print({ failure: e.stack });
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
});
await browser.close();
