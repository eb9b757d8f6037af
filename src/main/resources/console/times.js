// Times for people.
import { html } from './page/lit-html.js';

const MINUTE = 60_000;
const UNITS = [
  [525_600, 'year'],
  [43_200, 'month'],
  [1_440, 'day'],
  [60, 'hour'],
  [1, 'minute'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

// “3 hours ago”; 'never' without a time.
export function ago(time, now = Date.now()) {
  if (!time) {
    return 'never';
  }
  const minutes = (new Date(time).getTime() - now) / MINUTE;
  const [size, unit] = UNITS.find(([each]) => Math.abs(minutes) >= each) ?? [];
  return size === undefined ? 'just now' : relative.format(Math.round(minutes / size), unit);
}

// In the time zone of the browser.
export const atTime = (time) => (time ? exact.format(new Date(time)) : '');

// “3 hours ago”, with the exact time on demand.
export const when = (time) => (time ? html`<time datetime=${time} title=${atTime(time)}>${ago(time)}</time>` : html`never`);
