// Uses the console in Chromium as people do: what the scripts of all its screens share. A script calls serve(acts), and
// prints what there is to see: one line for each line of standard input, which names an act and its parameters. A page that
// breaks its own rules reports this in "problems".
//
// node console-….mjs '{"chromium", "url", "token", "screenshots"}'
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { argument, commands, print } from './lines.mjs';

const PATIENCE_MS = 60_000;

export const given = argument();

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Playwright does not search the path.
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

// The address of a place in the console: hash('shop', 'flags', '?q=a').
export const hash = (project, screen, rest = '') => `#/projects/${encodeURIComponent(project)}/${screen}${rest}`;

// A page of the console with a browser session of its own; fragment: as of hash(). token: null to not sign in.
export async function open({ fragment = '', token = given.token, scheme = 'light', width = 1280, height = 860, context } = {}) {
  const own = context ?? (await browser.newContext({ viewport: { width, height }, colorScheme: scheme }));
  const page = await own.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.problems = [];
  page.look = `${scheme}-${width}`;
  // Chromium reports each answer that is an error, whatever a page makes of it.
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) {
      page.problems.push(`console: ${line.text()}`);
    }
  });
  page.on('pageerror', (error) => page.problems.push(`error: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => {
    page.problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${given.url}/`)) {
      page.problems.push(`request: ${request.url()}`);
    }
  });
  await page.exposeFunction('tellViolation', (violation) => page.problems.push(`policy: ${violation}`));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', (e) => window.tellViolation(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`)),
  );
  await page.goto(`${given.url}/console/${fragment}`);
  if (token !== null && context === undefined) {
    await signIn(page, token);
  }
  return page;
}

export async function signIn(page, token = given.token) {
  await page.getByLabel('Token', { exact: true }).fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#main').waitFor();
}

// Goes to another place of the console in the same page.
export const go = (page, fragment) => page.evaluate((to) => void (location.hash = to), fragment);

export const text = (page, selector) => page.locator(selector).first().innerText();
export const texts = (page, selector) => page.locator(selector).allInnerTexts();

// Calls the API with the admin token, as another person or script does: api('PATCH', 'flags/31', {enabled: true}).
export async function api(method, where, body) {
  const response = await fetch(`${given.url}/api/1/${where}`, {
    method,
    headers: { Authorization: `Bearer ${given.token}`, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.text();
  if (!response.ok) {
    throw new Error(`${method} ${where}: ${response.status} ${answer}`);
  }
  return answer === '' ? undefined : JSON.parse(answer);
}

// Takes a screenshot, and checks that the page is accessible and not wider than the window.
export async function see(page, name) {
  // Transitions have ended, so that colours are those that stay.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))));
  await page.screenshot({ path: join(given.screenshots, `console-${name}-${page.look}.png`) });
  const { violations, passes } = await page.evaluate(`${axe}; axe.run()`);
  return {
    violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(' | ')}`),
    passes: passes.length,
    tooWide: await page.evaluate(() =>
      document.documentElement.scrollWidth <= innerWidth
        ? []
        : [...document.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 120)),
    ),
  };
}

// What has the focus, and whether one can see that it has.
export const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const active = document.getElementById(element.getAttribute('aria-activedescendant'));
    const shown = active ?? element;
    const style = getComputedStyle(shown);
    return {
      what: element.id || element.textContent.trim().replace(/\s+/g, ' ') || element.tagName,
      active: active?.id,
      visible:
        element === document.body ||
        (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) ||
        active?.getAttribute('aria-selected') === 'true',
    };
  });

// Elements that no screen has: those that a name or a payload would have made if it were not shown as text.
export const strangers = (page) =>
  page.evaluate(() =>
    [...document.body.querySelectorAll('script, iframe, img, object, embed, [onerror], [onload], [onclick]')].map((e) => e.outerHTML),
  );

// acts: {name: async (parameters) → facts}. facts.page: the page, or facts.pages; their problems are printed too. keepsPages:
// pages stay open from one act to the next.
export async function serve(acts, { keepsPages = false } = {}) {
  await commands(async (line) => {
    const { act, ...parameters } = JSON.parse(line);
    try {
      const { page, pages = [page], ...facts } = await acts[act](parameters);
      print({ ...facts, problems: pages.flatMap(({ problems }) => problems) });
    } catch (e) {
      const pages = browser.contexts().flatMap((context) => context.pages());
      await Promise.all(
        pages.map((page, number) => page.screenshot({ path: join(given.screenshots, `console-failure-${act}-${number}.png`) }).catch(() => {})),
      );
      print({ failure: e.stack, problems: pages.flatMap(({ problems }) => problems ?? []) });
    } finally {
      await Promise.all(keepsPages ? [] : browser.contexts().map((context) => context.close()));
    }
  });
  await browser.close();
}
