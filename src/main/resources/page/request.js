// Requests to a server, from this page or as a curl command.
import { compact } from './json.js';

// Some proxies reject longer URLs, so a larger user is sent in the body.
const LONGEST_URL = 8_000;

// Linux limits an argument of a program to 128 KiB.
const LONGEST_ARGUMENT = 100_000;

const TIMEOUT_MS = 30_000;

// Text that UTF-8 can encode: browsers send a lone surrogate as the replacement character.
export const wellFormed = (text) => text.replace(/\p{Surrogate}/gu, '\ufffd');

export function variants(form, base) {
  const context = wellFormed(compact(form.context)).trim();
  const request = {
    method: 'GET',
    url: `${base}v1/vardata`,
    parameters: userParameters(form),
    headers: { Authorization: `Api-Key ${form.key.trim()}`, ...(form.track ? {} : { 'X-Amp-Exp-Track': 'no-track' }) },
  };
  if (context === '') {
    return request;
  }
  const inUrl = { ...request, parameters: [...request.parameters, ['context', context]] };
  return fullUrl(inUrl).length <= LONGEST_URL ? inUrl : withBody(request, context);
}

export function explanation(form, base) {
  const context = wellFormed(compact(form.context)).trim() || '{}';
  return withBody({ url: `${base}v1/explain`, parameters: userParameters(form), headers: authorization(form) }, context);
}

export function simulation(form, users, base) {
  const context = wellFormed(compact(form.context)).trim();
  const keys = form.flagKeys.split(',').map((key) => key.trim()).filter((key) => key !== '');
  const parts = [
    users.generated
      ? ['generate', JSON.stringify({ count: users.count, prefix: wellFormed(users.prefix) })]
      : ['user_ids', JSON.stringify(users.ids.map(wellFormed))],
    ['identity', JSON.stringify(users.identity)],
    ...(context === '' ? [] : [['context', context]]),
    ...(keys.length === 0 ? [] : [['flag_keys', JSON.stringify(keys)]]),
  ];
  const body = `{${parts.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
  return withBody({ url: `${base}v1/simulate`, parameters: [], headers: authorization(form) }, body);
}

const authorization = (form) => ({ Authorization: `Api-Key ${form.key.trim()}` });

const userParameters = (form) =>
  [
    ['user_id', form.userId],
    ['device_id', form.deviceId],
    ['flag_keys', form.flagKeys],
  ]
    .map(([name, value]) => [name, wellFormed(value)])
    .filter(([, value]) => value !== '');

const withBody = (request, body) => ({
  ...request,
  method: 'POST',
  headers: { ...request.headers, 'Content-Type': 'application/json' },
  body,
});

export function fullUrl({ url, parameters }) {
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return query === '' ? url : `${url}?${query}`;
}

// Resolves to the response with any status; rejects if there is none.
export const send = (request, signal = AbortSignal.timeout(TIMEOUT_MS)) =>
  fetch(fullUrl(request), {
    method: request.method,
    headers: request.headers,
    body: request.body,
    signal,
    cache: 'no-store',
    credentials: 'omit',
  });

// For POSIX shells: single quotes need escaping, everything between them is literal.
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function curl(request) {
  const headers = Object.entries(request.headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  if (request.body === undefined) {
    const get = request.parameters.length === 0 ? 'curl' : 'curl -G';
    const parameters = request.parameters.map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`);
    return [`${get} ${quoted(request.url)}`, ...headers, ...parameters].join(' \\\n  ');
  }
  const start = [`curl ${quoted(fullUrl(request))}`, ...headers].join(' \\\n  ');
  return new Blob([quoted(request.body)]).size > LONGEST_ARGUMENT
    ? `${start} \\\n  --data-binary @- <<'END-OF-BODY'\n${request.body}\nEND-OF-BODY`
    : `${start} \\\n  --data-raw ${quoted(request.body)}`;
}
