// The nodes of the cluster, as they are now.
import { html, nothing } from '../page/lit-html.js';
import { get, path } from '../api.js';
import { bytes, number, table } from '../lists.js';
import { problem } from '../problems.js';
import { ago, atTime } from '../times.js';
import { account, isBehind, isDown, lag, losses, together, verdict } from './cluster/verdict.js';

const REFRESHED_EVERY_MS = 4_000;

export const cluster = {
  name: 'cluster',
  label: 'Cluster',
  open: (place, draw) => {
    const state = { seen: undefined, at: undefined, failure: undefined };
    let timer;
    let closed = false;

    async function refresh() {
      clearTimeout(timer);
      // Nobody looks at a hidden page.
      if (!document.hidden || state.seen === undefined) {
        try {
          state.seen = (await get(path('cluster'))).body;
          state.at = Date.now();
          state.failure = undefined;
        } catch (failure) {
          state.failure = failure;
        }
        draw();
      }
      if (!closed) {
        timer = setTimeout(refresh, REFRESHED_EVERY_MS);
      }
    }
    refresh();

    return {
      title: 'Cluster',
      view: () => html`
        <div class="head">
          <h1>Cluster</h1>
          <span class="fill"></span>
          ${state.at === undefined ? nothing : html`<span class="hint">${state.failure ? `As of ${atTime(state.at)}` : 'Refreshed every few seconds'}</span>`}
        </div>
        ${state.failure ? problem(state.failure, refresh) : nothing}
        ${state.seen === undefined ? (state.failure ? nothing : html`<p class="hint">Loading…</p>`) : overview(state.seen)}
      `,
      close: () => {
        closed = true;
        clearTimeout(timer);
      },
    };
  },
};

function overview(seen) {
  const { nodes, revision, leader, missing } = seen;
  return html`
    <div role="status">
      <ul class="verdicts">
        ${verdict(seen).map(({ kind, words }) => html`<li class="verdict-line ${kind}">${words}</li>`)}
      </ul>
    </div>
    <div class="card">
      ${table(
        'Nodes',
        ['Node', 'Serves', { label: 'Loop lag', amount: true }, { label: 'Memory', amount: true }, { label: 'Waiting events', amount: true }, 'Kafka', 'PostgreSQL'],
        [
          ...nodes.map((node) => ({ cells: cells(node, { revision, leader }), below: problems(node) })),
          ...missing.map((name) => [
            html`<span class="row-name">${name}</span> <span class="badge bad">does not answer</span>`,
            ...Array(6).fill(html`<span class="hint">unknown</span>`),
          ]),
        ],
      )}
    </div>
    ${ledgerView(nodes, missing)}
  `;
}

// Tokens that are limited to projects see no ledger.
function ledgerView(nodes, missing) {
  const known = nodes.filter(({ ledger }) => ledger);
  if (known.length === 0) {
    return nothing;
  }
  const balance = together(known.map(({ ledger }) => account(ledger)));
  const lost = losses(known);
  const unknown = [...nodes.filter(({ ledger }) => !ledger).map(({ name }) => name), ...missing];
  return html`
    <section class="card" aria-labelledby="ledger">
      <h2 id="ledger">Ledger of events</h2>
      <dl class="balance">
        ${amount('Accepted', balance.accepted)}${amount('= delivered', balance.delivered)}${amount('+ waiting', balance.pending)}${amount('+ lost', balance.lost)}
      </dl>
      <p class="hint">
        ${balance.balanced ? 'It balances: every accepted event is accounted for.' : 'It does not balance: events are unaccounted for.'}
        ${lost.length > 0 ? `Lost since the first start of each node: ${lost.map(([cause, count]) => `${number(count)} ${cause}`).join(', ')}.` : nothing}
        ${unknown.length > 0 ? `Events of ${unknown.join(', ')} are not counted here.` : nothing}
      </p>
    </section>
  `;
}

const amount = (label, value) => html`<div><dt>${label}</dt><dd class="number">${number(value)}</dd></div>`;

const cells = (node, { revision, leader }) => [
  html`
    <span class="row-name">${node.name}</span>
    ${node.ready ? nothing : html`<span class="badge bad">not ready</span>`}
    ${node.id === leader ? html`<span class="badge off" title="It reads PostgreSQL for all nodes">leader</span>` : nothing}
    <br><span class="hint">${node.version} · ${node.address} · zone ${node.zone} · ${node.roles.join(', ')} · started ${ago(node.startedAt)}</span>
  `,
  html`revision <span class="number">${node.revision ?? '–'}</span><br><span class=${isBehind(node, revision) ? 'badge warn' : 'hint'}>${lag(node, revision)}</span>`,
  milliseconds(node.loopLagSeconds),
  html`${bytes(node.memory.usedBytes)}<br><span class="hint">of ${bytes(node.memory.maxBytes)}</span>`,
  node.spool.records === undefined
    ? html`<span class="hint">${node.spool.status === 'none' ? 'none' : node.spool.status}</span>`
    : html`${number(node.spool.records)}<br><span class="hint">${bytes(node.spool.bytes)}${node.spool.seconds > 1 ? `, ${duration(node.spool.seconds)} old` : ''}</span>`,
  dependency(node.kafka),
  dependency(node.postgresql),
];

const milliseconds = (seconds) => `${(1_000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms`;

const duration = (seconds) =>
  seconds < 120 ? `${Math.round(seconds)} s` : seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;

function dependency(each) {
  if (each.status === 'none') {
    return html`<span class="hint">not used</span>`;
  }
  return isDown(each) ? html`<span class="badge bad">${each.status}</span>` : html`<span class="state-up">${each.status}</span>`;
}

// What the node itself reports, and why dependencies are down.
function problems({ problems, kafka, postgresql }) {
  const all = [
    ...problems,
    ...[['Kafka', kafka], ['PostgreSQL', postgresql]].filter(([, { reason }]) => reason).map(([name, { reason }]) => `${name}: ${reason}`),
  ];
  return all.length === 0 ? nothing : html`<ul class="node-problems">${all.map((each) => html`<li>${each}</li>`)}</ul>`;
}
