// Modal dialogs. The browser keeps the focus inside of them, and gives it back.
import { html, nothing, render } from './page/lit-html.js';
import { layer } from './keys.js';

const redraws = new Set();
let ids = 0;

// Draws open dialogs again; the shell calls it with every draw.
export const drawDialogs = () => redraws.forEach((redraw) => redraw());

// Opens a dialog and resolves to what its content passes to close(result); undefined if it is dismissed.
// content(close, draw) → template; leave() may return false to keep it open when somebody dismisses it.
export function open({ title, content, wide = false, leave = () => true, keys = {} }) {
  return new Promise((resolve) => {
    const element = document.createElement('dialog');
    const heading = `dialog-${(ids += 1)}`;
    element.className = wide ? 'wide' : '';
    element.setAttribute('aria-labelledby', heading);
    document.body.append(element);
    const close = (result) => {
      redraws.delete(draw);
      removeKeys();
      element.close();
      element.remove();
      resolve(result);
    };
    const dismiss = () => {
      if (leave() !== false) {
        close(undefined);
      }
    };
    const draw = () =>
      render(
        html`
          <div class="dialog-head">
            <h2 id=${heading}>${title}</h2>
            <button class="small" type="button" aria-label="Close" @click=${dismiss}>✕</button>
          </div>
          <div class="dialog-body">${content(close, draw) ?? nothing}</div>
        `,
        element,
      );
    const removeKeys = layer({ ...keys, Escape: { does: 'Close', run: dismiss } }, { hidesOthers: true });
    // The key's own layer closes it, so that leave() is asked once.
    element.addEventListener('cancel', (event) => event.preventDefault());
    redraws.add(draw);
    draw();
    element.showModal();
    element.querySelector('[autofocus]')?.focus();
  });
}

// Asks a question with one action; resolves to true if it is confirmed.
export const confirm = ({ title, text, action, dangerous = false }) =>
  open({
    title,
    content: (close) => html`
      <p>${text}</p>
      <div class="actions">
        <button class=${dangerous ? 'danger' : 'primary'} type="button" autofocus @click=${() => close(true)}>${action}</button>
        <button type="button" @click=${() => close(false)}>Cancel</button>
      </div>
    `,
  });
