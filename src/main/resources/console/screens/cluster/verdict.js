// What the state of the cluster means, in words. Pure.
import { number } from '../../lists.js';

// What a ledger has taken in, and what became of it; balanced if nothing is unaccounted for.
export function account({ evaluated, exposures, received, untracked, deduplicated, delivered, spooled, lost }) {
  const accepted = evaluated + exposures + received - untracked - deduplicated;
  const gone = Object.values(lost).reduce((all, count) => all + count, 0);
  return { accepted, delivered, pending: spooled, lost: gone, balanced: accepted === delivered + spooled + gone };
}

export const together = (accounts) =>
  accounts.reduce(
    (all, each) => ({
      accepted: all.accepted + each.accepted,
      delivered: all.delivered + each.delivered,
      pending: all.pending + each.pending,
      lost: all.lost + each.lost,
      balanced: all.balanced && each.balanced,
    }),
    { accepted: 0, delivered: 0, pending: 0, lost: 0, balanced: true },
  );

// How far a node is behind the newest revision: “newest”, “2 behind”.
export const lag = ({ revision }, newest) =>
  revision === null ? 'no ruleset yet' : revision >= newest ? 'newest' : `${number(newest - revision)} behind`;

export const isBehind = ({ revision }, newest) => revision !== null && revision < newest;

// Statuses of dependencies that somebody must look at.
const PROBLEMATIC = ['down', 'diverged'];

export const isDown = ({ status }) => PROBLEMATIC.includes(status);

// Lost events by cause, of all nodes: [[cause, count]], without causes that lost none.
export function losses(nodes) {
  const found = new Map();
  for (const { ledger } of nodes) {
    for (const [cause, count] of Object.entries(ledger?.lost ?? {})) {
      found.set(cause, (found.get(cause) ?? 0) + count);
    }
  }
  return [...found].filter(([, count]) => count > 0);
}

// {kind: 'good', 'warn' or 'bad', words}: the worst comes first.
export function verdict({ nodes, missing, revision }) {
  const names = (list) => list.map(({ name }) => name).join(', ');
  const found = [];
  const add = (kind, words) => found.push({ kind, words });
  const notReady = nodes.filter(({ ready }) => !ready);
  const behind = nodes.filter((node) => isBehind(node, revision));
  const noKafka = nodes.filter(({ kafka }) => isDown(kafka));
  const noDatabase = nodes.filter(({ postgresql }) => isDown(postgresql));
  const unbalanced = nodes.filter(({ ledger }) => ledger && !account(ledger).balanced);
  if (missing.length > 0) {
    add('bad', `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not answer.`);
  }
  if (notReady.length > 0) {
    add('bad', `${names(notReady)} ${notReady.length === 1 ? 'is' : 'are'} not ready.`);
  }
  if (unbalanced.length > 0) {
    add('bad', `The ledger of ${names(unbalanced)} does not balance.`);
  }
  if (noDatabase.length > 0) {
    add('warn', `${names(noDatabase)} cannot reach PostgreSQL: flags are served, but cannot be changed there.`);
  }
  if (noKafka.length > 0) {
    add('warn', `${names(noKafka)} cannot reach Kafka: events wait on the disk.`);
  }
  if (behind.length > 0) {
    add('warn', `${names(behind)} ${behind.length === 1 ? 'serves' : 'serve'} an older revision than ${number(revision)}.`);
  }
  const served = revision === null ? 'no ruleset yet' : `revision ${number(revision)}`;
  return found.length > 0
    ? found
    : [{ kind: 'good', words: nodes.length === 1 ? `The node is healthy and serves ${served}.` : `All ${nodes.length} nodes are healthy and serve ${served}.` }];
}
