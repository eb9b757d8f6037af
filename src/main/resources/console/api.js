// Requests to the management API: every call of the console goes through here.

// No form can send this header, so the server accepts the session cookie only with it.
const CONSOLE = { 'X-Variate-Console': '1' };

const ROOT = new URL('../api/1/', document.baseURI);

// Longer than any deadline of the server.
const LONGEST_WAIT_MS = 60_000;

let onSignedOut = () => {};

// Calls back when the server no longer accepts the session.
export function whenSignedOut(callback) {
  onSignedOut = callback;
}

// An answer that is not 2xx, or none at all: then status is 0.
export class Failure extends Error {
  constructor(status, error = {}, retryAfter) {
    super(error.message ?? `The server answered with status ${status}.`);
    this.status = status;
    this.code = error.code;
    this.path = error.path;
    this.problems = error.problems ?? [];
    // Everything else that the error has, such as the two diffs of a version conflict.
    this.details = error;
    // Seconds.
    this.retryAfter = retryAfter;
  }
}

// A path below /api/1/ with its parts and parameters encoded: path('flags', id, {dryRun: true}). Parameters that are
// undefined, null or '' are left out; a list becomes repeated parameters.
export function path(...parts) {
  const parameters = typeof parts.at(-1) === 'object' ? parts.pop() : {};
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '') {
        query.append(name, each);
      }
    }
  }
  const search = query.toString();
  return parts.map((part) => encodeURIComponent(part)).join('/') + (search ? `?${search}` : '');
}

// A key for Idempotency-Key: a repeated write with the same key has the first answer.
export const writeKey = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

// Sends a request and reads its answer as JSON: {body, status, etag, revision, warnings, requestId}. Throws Failure.
// options: {body: any JSON value, text: a body as it is, type, ifMatch, reason, key, token, signal}
export async function call(method, where, options = {}) {
  const response = await exchange(method, where, options);
  const text = response.status === 204 ? '' : await readText(response);
  return {
    status: response.status,
    body: text === '' ? undefined : JSON.parse(text),
    text,
    etag: response.headers.get('ETag') ?? undefined,
    revision: response.headers.get('X-Variate-Revision') ?? undefined,
    warnings: warnings(response.headers),
    requestId: response.headers.get('X-Request-Id') ?? undefined,
  };
}

export const get = (where, options) => call('GET', where, options);

// All items of a list that has pages; stops after `most`.
export async function all(where, name, most = 10_000) {
  const items = [];
  let cursor;
  do {
    const separator = where.includes('?') ? '&' : '?';
    const { body } = await get(cursor === undefined ? where : `${where}${separator}cursor=${encodeURIComponent(cursor)}`);
    items.push(...body[name]);
    cursor = body.nextCursor;
  } while (cursor && items.length < most);
  return items;
}

// The lines of newline-delimited JSON, one by one as they arrive. Throws Failure, also if the answer breaks off.
export async function* lines(method, where, options = {}) {
  const response = await exchange(method, where, { ...options, endless: true });
  let rest = '';
  for await (const piece of pieces(response)) {
    const found = (rest + piece).split('\n');
    rest = found.pop();
    for (const line of found) {
      if (line !== '') {
        yield JSON.parse(line);
      }
    }
  }
  if (rest.trim() !== '') {
    yield JSON.parse(rest);
  }
}

// Saves an answer as a file of the user. The browser holds it in a Blob meanwhile. Throws Failure.
export async function download(where, { accept, name }) {
  const response = await exchange('GET', where, { endless: true, headers: { Accept: accept } });
  let content;
  try {
    content = await response.blob();
  } catch {
    throw new Failure(0, { message: 'The connection broke off.' });
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Server-sent events as {event, data, id}; data is parsed. undefined for a heartbeat.
export async function* events(where, { signal, lastId } = {}) {
  const response = await exchange('GET', where, { signal, endless: true, headers: lastId ? { 'Last-Event-ID': lastId } : {} });
  let rest = '';
  for await (const piece of pieces(response)) {
    const blocks = (rest + piece.replaceAll('\r', '')).split('\n\n');
    rest = blocks.pop();
    yield* blocks.map(event);
    if (blocks.length === 0) {
      yield undefined;
    }
  }
}

function event(block) {
  const fields = {};
  for (const line of block.split('\n')) {
    const [, name, value] = /^(event|data|id): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value;
    }
  }
  return fields.data === undefined ? undefined : { event: fields.event ?? 'message', id: fields.id, data: JSON.parse(fields.data) };
}

async function* pieces(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        return;
      }
      yield value;
    }
  } catch (broken) {
    throw broken.name === 'AbortError' ? broken : new Failure(0, { message: 'The connection broke off.' });
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function exchange(method, where, { body, text, type, ifMatch, reason, key, token, signal, endless, headers }) {
  const sent = { ...CONSOLE, ...headers };
  if (token !== undefined) {
    sent.Authorization = `Bearer ${token}`;
  }
  if (body !== undefined || text !== undefined) {
    sent['Content-Type'] = type ?? 'application/json';
  }
  if (ifMatch) {
    sent['If-Match'] = ifMatch;
  }
  if (reason) {
    sent['X-Variate-Reason'] = printable(reason);
  }
  if (key) {
    sent['Idempotency-Key'] = key;
  }
  const deadline = endless ? undefined : AbortSignal.timeout(LONGEST_WAIT_MS);
  let response;
  try {
    response = await fetch(new URL(where, ROOT), {
      method,
      headers: sent,
      body: text ?? (body === undefined ? undefined : JSON.stringify(body)),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: signal ?? deadline,
    });
  } catch (unreachable) {
    if (signal?.aborted) {
      throw unreachable;
    }
    throw new Failure(0, {
      message: deadline?.aborted ? 'The server did not answer in a minute.' : 'The server cannot be reached.',
    });
  }
  if (!response.ok) {
    const failure = await failed(response);
    if (failure.status === 401 && token === undefined) {
      onSignedOut(failure);
    }
    throw failure;
  }
  return response;
}

// Sends a Blob, and reports how much of it is sent: progress(bytes). Resolves to the body of the answer; throws Failure.
// fetch cannot report the progress of a request.
export function upload(method, where, blob, { type, progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const broken = (message) => () => reject(new Failure(0, { message }));
    request.open(method, new URL(where, ROOT));
    Object.entries(CONSOLE).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.setRequestHeader('Content-Type', type);
    request.upload.addEventListener('progress', ({ loaded }) => progress(loaded));
    request.addEventListener('error', broken('The server cannot be reached, or it refused the upload before its end.'));
    request.addEventListener('abort', broken('The upload was cancelled.'));
    request.addEventListener('load', async () => {
      const response = new Response(request.responseText, { status: request.status, headers: retryAfter(request) });
      if (response.ok) {
        resolve(await response.json());
        return;
      }
      const failure = await failed(response);
      if (failure.status === 401) {
        onSignedOut(failure);
      }
      reject(failure);
    });
    signal?.addEventListener('abort', () => request.abort());
    request.send(blob);
  });
}

const retryAfter = (request) => {
  const seconds = request.getResponseHeader('Retry-After');
  return seconds === null ? {} : { 'Retry-After': seconds };
};

async function failed(response) {
  const text = await response.text().catch(() => '');
  let error;
  try {
    error = JSON.parse(text).error;
  } catch {
    error = undefined;
  }
  return new Failure(response.status, error, Number(response.headers.get('Retry-After')) || undefined);
}

async function readText(response) {
  try {
    return await response.text();
  } catch {
    throw new Failure(0, { message: 'The connection broke off in the answer.' });
  }
}

// A header has printable ASCII only.
const printable = (text) => text.normalize('NFKD').replace(/\p{Mark}/gu, '').replace(/[^\x20-\x7e]/g, '?').slice(0, 1_000);

function warnings(headers) {
  const value = headers.get('X-Variate-Warning');
  return value === null ? [] : value.split(', ').map((each) => each.trim());
}
