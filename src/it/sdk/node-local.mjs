// Evaluates a user with Amplitude's Node SDK, and prints the variants once it has started and whenever they change.
// The command "cohorts" makes it ask for its cohorts again, which it does by itself once a minute. It stops at the end of
// standard input.
//
// node node-local.mjs '{"key", "config", "user", "options"?}'
import sdk from '@amplitude/experiment-node-server';
import { argument, commands, print } from './lines.mjs';

const LOOK_EVERY_MILLIS = 5;

const { key, config, user, options } = argument();
const log = [];
const loggerProvider = { error: (...said) => log.push(said.join(' ')), warn() {}, info() {}, debug() {}, verbose() {} };
const client = sdk.Experiment.initializeLocal(key, { loggerProvider, ...config });

let last;
const look = () => {
  // The SDK writes cohorts into the user that it is given.
  const variants = client.evaluateV2(structuredClone(user), undefined, options);
  const text = JSON.stringify(variants);
  if (text !== last) {
    last = text;
    print({ variants, log: log.splice(0) });
  }
};

await client.start();
look();
const looking = setInterval(look, LOOK_EVERY_MILLIS);
await commands(async (command) => {
  if (command === 'cohorts') {
    await client.cohortUpdater.update();
    look();
    print({ done: command, log: log.splice(0) });
  }
});
clearInterval(looking);
client.stop();
print({ done: 'stop' });
