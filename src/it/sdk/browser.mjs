// Serves a page of this directory from an origin of its own, opens it in Chromium without a window, and prints the lines
// that the page reports. It ends when the page says so, or when standard input ends.
//
// node browser.mjs '{"chromium", "page", …}': all of it is given to the page
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argument, commands, print } from './lines.mjs';

const DIRECTORY = fileURLToPath(new URL('.', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

const given = argument();

const serve = async (request, response) => {
  const path = normalize(new URL(request.url, 'http://page').pathname);
  if (request.method === 'POST') {
    let line = '';
    for await (const chunk of request.setEncoding('utf8')) {
      line += chunk;
    }
    response.writeHead(204).end();
    print(JSON.parse(line));
    if (path === '/end') {
      end();
    }
  } else if (path === '/given.js') {
    response.writeHead(200, { 'Content-Type': TYPES['.js'] }).end(`window.given = ${JSON.stringify(given)};`);
  } else {
    try {
      const content = await readFile(join(DIRECTORY, path));
      response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  }
};

const end = () => chromium.kill('SIGKILL');

const server = createServer(serve).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const profile = mkdtempSync(join(tmpdir(), 'variate-chromium-'));
const chromium = spawn(
  given.chromium,
  [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    // It ends when the other end of the pipe is gone, even if this process is killed.
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
    `http://127.0.0.1:${server.address().port}/${given.page}`,
  ],
  { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
);
chromium.once('error', (e) => print({ error: e.message }));
chromium.once('exit', async () => {
  server.closeAllConnections();
  await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  process.exit(0);
});
await commands(() => {});
end();
