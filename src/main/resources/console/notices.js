// Messages at the edge of the window, which screen readers announce.
import { html, nothing } from './page/lit-html.js';

const SHOWN_MS = 8_000;

let notices = [];
let draw = () => {};
let ids = 0;

export const drawNoticesWith = (redraw) => {
  draw = redraw;
};

// kind: 'good', 'bad' or undefined. action: {label, run}. shownFor: ms, or Infinity until it is dismissed; messages of
// kind 'bad' stay. Returns the function that removes the message.
export function say(text, { kind, action, shownFor = kind === 'bad' ? Infinity : SHOWN_MS } = {}) {
  const notice = { id: (ids += 1), text, kind, action };
  const remove = () => {
    notices = notices.filter((each) => each !== notice);
    draw();
  };
  notice.remove = remove;
  notices = [...notices.filter((each) => each.text !== text), notice].slice(-4);
  if (Number.isFinite(shownFor)) {
    setTimeout(remove, shownFor);
  }
  draw();
  return remove;
}

export const view = () => html`
  <div class="notices" role="status" aria-live="polite">
    ${notices.map(
      ({ text, kind, action, remove }) => html`
        <div class="notice ${kind ?? ''}">
          <p>${text}</p>
          ${action
            ? html`<button
                class="small"
                type="button"
                @click=${() => {
                  remove();
                  action.run();
                }}
              >
                ${action.label}
              </button>`
            : nothing}
          <button class="small" type="button" aria-label="Dismiss the message" @click=${remove}>✕</button>
        </div>
      `,
    )}
  </div>
`;
