// Keys and tokens on the screen: hidden until somebody asks, and never kept anywhere else.
import { html } from './page/lit-html.js';
import { say } from './notices.js';

// Which secrets are shown; a screen drops it when it closes.
export const newReveals = () => new Set();

// name: for screen readers, such as “key of shop”. id: distinguishes the secret within `reveals`.
export function secret({ id, name, value, reveals, draw }) {
  const shown = reveals.has(id);
  const toggle = () => {
    if (shown) {
      reveals.delete(id);
    } else {
      reveals.add(id);
    }
    draw();
  };
  return html`
    <span class="secret">
      ${shown ? html`<code class="secret-value">${value}</code>` : html`<span class="secret-hidden" aria-hidden="true">••••••••</span>`}
      <button class="small" type="button" @click=${toggle}>${shown ? 'Hide' : 'Show'}<span class="unseen"> the ${name}</span></button>
      <button class="small" type="button" @click=${() => copy(value)}>Copy<span class="unseen"> the ${name}</span></button>
    </span>
  `;
}

// Browsers give access to the clipboard on secure origins only.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say('Copied.', { kind: 'good' });
  } catch {
    say('The browser does not permit copying here: show it, and copy it by hand.', { kind: 'bad' });
  }
}
