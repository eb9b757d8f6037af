// Why a user gets the variants of flags: shows answers of POST /v1/explain.
import { html, nothing } from './lit-html.js';
import { colours, percent, scale, swatch } from './bar.js';

// Distributions divide the range from 0 to this: hash / 100 of an unsigned 32-bit hash.
const SHARES = 42_949_673;

const MOST_VALUES = 12;
const LONGEST_VALUE = 200;

const OUTCOMES = {
  decided: ['✓', 'decided'],
  matched: ['→', 'matches, but assigns no variant'],
  'not-matched': ['✗', 'does not match'],
  'not-reached': ['–', 'not reached'],
};

// explanation: {revision, flags}; opened: keys of the flags whose explanation is open; toggle(key, open); show(key) opens
// an explanation and scrolls to it; link(key) is the address that does the same.
export function why(explanation, { opened, toggle, show, link, user }) {
  const { flags } = explanation;
  const known = new Set(flags.map(({ flag }) => flag));
  const linkTo = (key) =>
    known.has(key)
      ? html`<a
          href=${link(key)}
          @click=${(event) => {
            event.preventDefault();
            show(key);
          }}
          ><code>${key}</code></a
        >`
      : html`<code>${key}</code>`;
  if (flags.length === 0) {
    return html`<p class="hint">The request selects no flag of this deployment.</p>`;
  }
  return html`
    <p class="hint">
      ${flags.length === 1 ? 'One flag' : `${flags.length} flags`}, as of revision ${explanation.revision}. Nothing was
      recorded.
    </p>
    <ul class="flags">
      ${flags.map(
        (flag) => html`
          <li>
            <details
              class="flag"
              data-flag=${flag.flag}
              ?open=${opened.has(flag.flag)}
              @toggle=${(event) => toggle(flag.flag, event.target.open)}
            >
              <summary>
                <span class="flag-key">${flag.flag}</span>
                <span class="chip ${flag.variant ? '' : 'chip-none'}">${flag.variant?.key ?? 'no variant'}</span>
                <span class="reason">${reason(flag)}</span>
              </summary>
              ${opened.has(flag.flag) ? details(flag, linkTo, user) : nothing}
            </details>
          </li>
        `,
      )}
    </ul>
  `;
}

function reason(flag) {
  const decided = flag.segments.find(({ outcome }) => outcome === 'decided');
  const name = decided?.name ? `“${decided.name}”` : 'a segment';
  const drawn = place(decided?.bucket)?.distribution ? ', and the bucket draws' : '';
  switch (flag.reason) {
    case 'individual-inclusion':
      return 'this user is included individually';
    case 'flag-dependency':
      return 'decided by a flag that this one depends on';
    case 'sticky-bucketing':
      return 'kept from an earlier assignment';
    case 'segment':
      return `${name} matches${drawn}`;
    case 'not-allocated':
      return `${name} matches, but its bucket does not allocate this user`;
    case 'no-bucketing-value':
      return `${name} matches, but the user lacks the property to draw by`;
    case 'fallthrough':
      return `${name} matches everyone${drawn}`;
    case 'no-match':
      return 'no segment matches';
    case 'error':
      return 'cannot be evaluated';
    default:
      return flag.reason;
  }
}

function details(flag, linkTo, user) {
  const colour = colours(
    flag.segments.flatMap(({ bucket }) =>
      (bucket?.allocations ?? []).flatMap(({ distributions }) => distributions.map(({ variant }) => variant)),
    ),
  );
  return html`
    <div class="flag-body">
      ${flag.error ? html`<p class="problem">${flag.error}</p>` : nothing}
      ${flag.dependencies?.length
        ? html`<p class="depends">
            Depends on ${flag.dependencies.map((key, i) => html`${i === 0 ? '' : ', '}${linkTo(key)}`)}
          </p>`
        : nothing}
      ${flag.segments.length === 0 ? html`<p class="hint">The flag has no segments.</p>` : nothing}
      <ol class="segments">
        ${flag.segments.map((segment) => html`<li class="segment ${segment.outcome}">${visit(segment, linkTo, colour, user)}</li>`)}
      </ol>
    </div>
  `;
}

function visit({ name, variant, outcome, conditions, bucket }, linkTo, colour, user) {
  const [sign, words] = OUTCOMES[outcome] ?? ['?', outcome];
  return html`
    <p class="segment-head">
      <span class="sign" aria-hidden="true">${sign}</span>
      <span class="segment-name">${name ?? 'Unnamed segment'}</span>
      <span class="outcome">${words}</span>
      ${variant === undefined ? nothing : html`<span class="outcome">${bucket ? 'users who are not drawn get' : outcome === 'decided' ? 'gives' : 'would give'} <code>${variant}</code></span>`}
    </p>
    ${conditions === undefined
      ? html`<p class="everyone">everyone</p>`
      : conditions.map(
          (all, i) => html`
            ${i === 0 ? nothing : html`<p class="or">or</p>`}
            <ul class="conditions">
              ${all.map((condition) => html`<li class="condition">${test(condition, linkTo)}</li>`)}
            </ul>
          `,
        )}
    ${bucket === undefined ? nothing : draw(bucket, colour, user)}
  `;
}

function test({ selector, op, values, tested, seen, held }, linkTo) {
  const [sign, words, style] = !tested
    ? ['–', 'not tested', 'untested']
    : held
      ? ['✓', 'holds', 'holds']
      : ['✗', 'does not hold', 'fails'];
  const shown = (values ?? []).slice(0, MOST_VALUES);
  const more = (values ?? []).length - shown.length;
  return html`
    <span class="sign ${style}"><span aria-hidden="true">${sign}</span><span class="unseen">${words}: </span></span>
    <span>
      ${property(selector, linkTo)} <span class="op">${op}</span>
      ${shown.map((value, i) => html`${i === 0 ? '' : ', '}<code>${cut(value)}</code>`)}
      ${more > 0 ? `and ${more} more` : nothing}
      ${tested ? html`<span class="seen">${seen === undefined ? 'there is none' : html`it is <code>${cut(text(seen))}</code>`}</span>` : nothing}
    </span>
  `;
}

function property(selector, linkTo) {
  const [root, first, ...rest] = selector ?? [];
  if (root === 'result') {
    return html`${rest.join('.') === 'key' ? 'variant' : rest.join('.')} of ${linkTo(first)}`;
  }
  return html`<code>${root === 'context' && first === 'user' ? rest.join('.') : (selector ?? []).join('.')}</code>`;
}

const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
const cut = (value) => (value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value);

// The position of a user in a bucket: the allocation and the distribution in it, if any.
function place(bucket) {
  const allocation = bucket?.allocations.find(({ taken }) => taken);
  return allocation && { allocation, distribution: allocation.distributions.find(({ taken }) => taken) };
}

function draw(bucket, colour, user) {
  const { allocation, distribution } = place(bucket) ?? {};
  const by = property(bucket.selector, (key) => html`<code>${key}</code>`);
  const whole = bucket.allocations.length === 1 && bucket.allocations[0].range[0] === 0 && bucket.allocations[0].range[1] >= 100;
  return html`
    <div class="bucket">
      <p>
        ${bucket.value === undefined
          ? html`Drawn by ${by}, which this user does not have.`
          : html`Drawn by ${by}: the hash of <code>${bucket.salt}/${cut(bucket.value)}</code> is
              <span class="number">${bucket.hash}</span>.`}
      </p>
      ${whole ? nothing : allocations(bucket, user)}
      ${bucket.allocations
        .filter((each) => whole || each === allocation || allocation === undefined)
        .map((each) => distributions(each, each === allocation ? bucket : undefined, distribution, colour, user, bucket.allocations.length > 1))}
    </div>
  `;
}

function allocations(bucket, user) {
  const at = bucket.hash === undefined ? undefined : (bucket.percent + 0.5) / 100;
  const taken = bucket.allocations.find((each) => each.taken);
  const ranges = bucket.allocations.map(({ range: [from, to] }) => `${from} to ${to} %`).join(', ');
  return html`
    <p class="bar-title">Allocated: ${ranges}</p>
    ${scale(
      bucket.allocations.map(({ range: [from, to] }) => ({ from: from / 100, to: Math.min(to, 100) / 100, colour: 'allocated' })),
      at,
      `Allocated: ${ranges}` + (at === undefined ? '' : `; ${user} is at ${bucket.percent}`),
    )}
    ${at === undefined
      ? nothing
      : html`<p class="here">
          <span aria-hidden="true">▼</span> ${user} is at ${bucket.percent}: ${taken ? 'allocated' : 'not allocated'}
        </p>`}
  `;
}

function distributions({ range, distributions: all }, bucket, taken, colour, user, several) {
  const at = bucket?.share === undefined ? undefined : bucket.share / SHARES;
  const fractions = all.map(({ variant, range: [from, to] }) => ({
    variant,
    from: Math.min(from / SHARES, 1),
    to: Math.min(to / SHARES, 1),
    colour: colour(variant),
  }));
  const title = several ? `Variants within ${range[0]} to ${range[1]} %` : 'Variants';
  const shares = fractions.map(({ variant, from, to }) => `${variant} ${percent(to - from)}`).join(', ');
  return html`
    <p class="bar-title">${title}</p>
    ${scale(
      fractions,
      at,
      `${title}: ${shares}` +
        (at === undefined ? '' : `; ${user} is at ${percent(at)}, ${taken ? `which is ${taken.variant}` : 'which is no variant'}`),
    )}
    <ul class="legend">
      ${fractions.map(
        ({ variant, from, to, colour }, i) => html`
          <li class=${all[i] === taken ? 'taken' : ''}>${swatch(colour)} ${variant} <span class="share">${percent(to - from)}</span></li>
        `,
      )}
    </ul>
    ${at === undefined
      ? nothing
      : html`<p class="here">
          <span aria-hidden="true">▼</span> ${user} is at ${percent(at, 2)}: ${taken ? html`<strong>${taken.variant}</strong>` : 'no variant'}
        </p>`}
  `;
}
