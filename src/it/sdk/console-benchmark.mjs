// Measures the console in Chromium: the time until a long list is shown, from a key stroke to the filtered rows, and from
// the click that saves until a node serves the change. Times are milliseconds.
import { performance } from 'node:perf_hooks';
import { hash, open, serve } from './console.mjs';

const watch = (count) => {
  const seen = {};
  window.seen = seen;
  const look = () => {
    const grid = document.getElementById('grid');
    if (seen.first === undefined && grid?.querySelector('.list-rows .row')) {
      seen.first = performance.now();
    }
    if (seen.all === undefined && grid?.getAttribute('aria-rowcount') === `${count + 1}`) {
      seen.all = performance.now();
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
};

const complete = (page, count) =>
  page.waitForFunction((wanted) => document.querySelector('#grid')?.getAttribute('aria-rowcount') === `${wanted + 1}`, count);

const acts = {
  // From the navigation to the first rows, and to all of them; the files are in the cache of the browser.
  async list({ project, count, runs }) {
    const page = await open({ fragment: hash(project, 'flags'), height: 1000 });
    await complete(page, count);
    await page.addInitScript(watch, count);
    const first = [];
    const all = [];
    for (let run = 0; run < runs; run++) {
      await page.reload();
      await complete(page, count);
      const seen = await page.evaluate(() => window.seen);
      first.push(seen.first);
      all.push(seen.all);
    }
    return { page, first, all };
  },

  // From the key to the rows in the document, and to the frame that shows them.
  async keys({ project, count, texts }) {
    const page = await open({ fragment: hash(project, 'flags'), height: 1000 });
    await complete(page, count);
    await page.evaluate(() => {
      window.strokes = [];
      let pressed;
      addEventListener('keydown', (event) => (pressed = event.timeStamp), { capture: true });
      addEventListener('input', () => {
        const since = pressed;
        setTimeout(() => {
          const drawn = performance.now() - since;
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => window.strokes.push({ drawn, painted: performance.now() - since });
            port2.postMessage(undefined);
          });
        });
      });
    });
    await page.keyboard.press('/');
    for (const text of texts) {
      for (const letter of text) {
        const before = await page.evaluate(() => window.strokes.length);
        await page.keyboard.press(letter);
        await page.waitForFunction((length) => window.strokes.length > length, before);
      }
      await page.keyboard.press('Escape');
    }
    const strokes = await page.evaluate(() => window.strokes);
    return { page, drawn: strokes.map(({ drawn }) => drawn), painted: strokes.map(({ painted }) => painted) };
  },

  // From the click on “Save” to the first answer of the node with the new variant.
  async save({ project, count, key, deployment, node, runs }) {
    const page = await open({ fragment: hash(project, 'flags', `?q=${key}`) });
    await page.locator('.list-rows .row').first().waitFor();
    const isOn = async () => {
      const answer = await fetch(`${node}/v1/vardata?user_id=u&flag_keys=${key}`, { headers: { Authorization: `Api-Key ${deployment}` } });
      return key in (await answer.json());
    };
    const served = [];
    for (let run = 0; run < runs; run++) {
      const before = await isOn();
      await page.keyboard.press('Escape');
      if ((await page.locator('.bulk').count()) === 0) {
        await page.locator('.list-rows .row').first().getByRole('checkbox').click();
      }
      await page.getByRole('button', { name: before ? 'Turn off' : 'Turn on', exact: true }).click();
      await page.locator('#save-now:enabled').waitFor();
      // Until who moves is known, because that is work of the same node.
      await page.waitForTimeout(1_000);
      const start = performance.now();
      const clicked = page.evaluate(() => document.getElementById('save-now').click());
      while ((await isOn()) === before) {
        // Asks again.
      }
      served.push(performance.now() - start);
      await clicked;
      await page.locator('dialog').waitFor({ state: 'detached' });
      await page.locator('.state-dot' + (before ? '.off' : '.on')).first().waitFor();
    }
    return { page, served, count };
  },
};

await serve(acts);
