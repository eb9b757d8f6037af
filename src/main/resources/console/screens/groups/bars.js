// The traffic of a group as one bar.
import { html, nothing } from '../../page/lit-html.js';
import { colours, scale, swatch } from '../../page/bar.js';
import { free } from './drafts.js';

// slots: as the API answers them. names(slot) → template of what is in it.
export function mutexBar(slots, names) {
  const colour = colours(slots.map(({ variantKey }) => variantKey));
  const rest = free(slots);
  let from = 0;
  const parts = slots.map(({ variantKey, percentage }) => {
    const part = { from: from / 100, to: (from + percentage) / 100, colour: colour(variantKey) };
    from += percentage;
    return part;
  });
  return html`
    ${scale(parts, undefined, `Traffic: ${[...slots.map(({ name, percentage }) => `${name} ${percentage} %`), ...(rest > 0 ? [`free ${rest} %`] : [])].join(', ')}`)}
    <ul class="slots">
      ${slots.map(
        (slot) => html`
          <li>
            ${swatch(colour(slot.variantKey))} <span class="row-name">${slot.name}</span><span class="number">${slot.percentage} %</span>
            <span>${names(slot)}</span>
          </li>
        `,
      )}
      ${rest > 0
        ? html`<li><svg class="swatch" aria-hidden="true"><rect class="bars-ground" width="100%" height="100%" rx="3"></rect></svg> <span class="row-name">Free</span><span class="number">${rest} %</span> <span class="hint">These users are in none of the experiments.</span></li>`
        : nothing}
    </ul>
  `;
}

export const holdoutBar = (percentage) => html`
  ${scale(
    [
      { from: 0, to: percentage / 100, colour: 'colour-1' },
      { from: percentage / 100, to: 1, colour: 'colour-0' },
    ],
    undefined,
    `Traffic: ${percentage} % held out, ${100 - percentage} % in the experiments`,
  )}
  <ul class="slots">
    <li>${swatch('colour-1')} <span class="row-name">Held out</span><span class="number">${percentage} %</span></li>
    <li>${swatch('colour-0')} <span class="row-name">In the experiments</span><span class="number">${100 - percentage} %</span></li>
  </ul>
`;
