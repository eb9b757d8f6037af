// A percentage and weights of variants, with the bar that they make.
import { html, nothing } from '../../page/lit-html.js';
import { colours, scale, swatch } from '../../page/bar.js';
import { percentage } from '../../fields.js';
import { rounded, shares } from '../../words.js';

const LARGEST_WEIGHT = 1_000_000;

// The bar of all matching users: variants one after another, then those who get off.
export function shareBar(percent, weights, variants, title) {
  const colour = colours(variants);
  const all = shares(percent, weights, variants).filter(({ share }) => share > 0);
  let from = 0;
  const parts = all.map(({ variant, share }) => {
    const part = { from, to: from + share / 100, colour: colour(variant) };
    from = part.to;
    return part;
  });
  const words = [...all.map(({ variant, share }) => `${variant} ${rounded(share)} %`), ...(from < 0.9999 ? [`off ${rounded(100 - 100 * from)} %`] : [])];
  return html`
    <div class="shares">
      ${scale(parts, undefined, `${title}: ${words.join(', ')}`)}
      <ul class="legend">
        ${all.map(({ variant, share }) => html`<li>${swatch(colour(variant))} ${variant} <span class="share">${rounded(share)} %</span></li>`)}
        ${from < 0.9999 ? html`<li>${swatch('scale-ground')} off <span class="share">${rounded(100 - 100 * from)} %</span></li>` : nothing}
      </ul>
    </div>
  `;
}

// rollout: {percentage, weights, mode}. change(the same with new values).
export function rolloutView({ id, rollout, variants, change, title, hint }) {
  const { percentage: percent, weights, mode } = rollout;
  const isFine = mode === 'fine';
  const colour = colours(variants);
  const set = (values) => change({ ...rollout, ...values });
  const setWeight = (variant) => (event) => {
    const weight = Number(event.target.value);
    if (event.target.value !== '' && Number.isInteger(weight) && weight >= 0 && weight <= LARGEST_WEIGHT) {
      set({ weights: { ...weights, [variant]: weight } });
    }
  };
  const sum = variants.reduce((all, variant) => all + (weights[variant] ?? 0), 0);
  return html`
    ${percentage(title, {
      id: `${id}-percentage`,
      value: percent,
      step: 0.0001,
      hint: isFine ? 'Decimals are possible: growth moves nobody between variants.' : hint,
      // Percentages with decimals draw users in another way, which lasts.
      change: (value) => set({ percentage: value, mode: Number.isInteger(value) ? mode : 'fine' }),
    })}
    ${variants.length > 1
      ? html`
          <fieldset class="weights">
            <legend>Weights</legend>
            ${variants.map(
              (variant) => html`
                <div class="field">
                  <label for="${id}-weight-${variant}">${swatch(colour(variant))} ${variant}</label>
                  <input type="number" id="${id}-weight-${variant}" min="0" max=${LARGEST_WEIGHT} step="1" .value=${String(weights[variant] ?? 0)} @input=${setWeight(variant)}>
                </div>
              `,
            )}
            <div class="weights-sum">
              <span class="hint">Sum ${sum}${sum === 0 ? ': all count as equal' : ''}</span>
              <button class="small" type="button" @click=${() => set({ weights: Object.fromEntries(variants.map((variant) => [variant, 1])) })}>Equalise</button>
            </div>
          </fieldset>
        `
      : nothing}
    ${shareBar(percent, weights, variants, title)}
  `;
}
