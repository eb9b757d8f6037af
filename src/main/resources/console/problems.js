// What went wrong, for people: Failure of api.js as text and as an element.
import { html, nothing } from './page/lit-html.js';

const ADVICE = {
  0: 'Your changes are kept in this browser. Try again when the server is back.',
  401: 'Sign in again. Your changes are kept in this browser.',
  403: 'Your token does not permit this. An administrator can give it the right.',
  409: undefined,
  412: 'Somebody else changed this meanwhile.',
  413: 'The request is too large.',
  503: 'The server is busy or its database is away. Your changes are kept; try again.',
};

export const advice = (failure) => ADVICE[failure.status];

export const inOneLine = (failure) => [failure.message, advice(failure)].filter(Boolean).join(' ');

// retry: a function, or undefined for no button.
export const problem = (failure, retry) =>
  failure === undefined
    ? nothing
    : html`
        <div class="problem" role="alert">
          <p><strong>${failure.message}</strong></p>
          ${failure.path ? html`<p>At <code>${failure.path}</code></p>` : nothing}
          ${failure.problems?.length > 0
            ? html`<ul class="problems">
                ${failure.problems.map(({ path, message }) => html`<li><code>${path}</code> ${message}</li>`)}
              </ul>`
            : nothing}
          ${advice(failure) ? html`<p class="hint">${advice(failure)}</p>` : nothing}
          ${retry ? html`<button type="button" @click=${retry}>Try again</button>` : nothing}
        </div>
      `;
