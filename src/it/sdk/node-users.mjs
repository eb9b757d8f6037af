// Evaluates many users with Amplitude's Node SDK: reads lines of {"key", "user", "flagKeys"?} from a file, those of one
// deployment key together, and writes for each of them the variant keys by flag key to another.
//
// node node-users.mjs '{"url", "in", "out"}'
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import sdk from '@amplitude/experiment-node-server';
import { argument, print } from './lines.mjs';

const { url, in: source, out: target } = argument();
const out = createWriteStream(target);
let client;
let clientKey;
let evaluated = 0;
for await (const line of createInterface({ input: createReadStream(source) })) {
  const { key, user, flagKeys } = JSON.parse(line);
  if (key !== clientKey) {
    client?.stop();
    client = sdk.Experiment.initializeLocal(key, { serverUrl: url, flagConfigPollingIntervalMillis: 3_600_000 });
    await client.start();
    clientKey = key;
  }
  const variants = {};
  for (const [flag, variant] of Object.entries(client.evaluateV2(user, flagKeys))) {
    if (variant.metadata?.deployed !== false) {
      variants[flag] = variant.key;
    }
  }
  out.write(JSON.stringify(variants) + '\n');
  evaluated++;
}
client?.stop();
out.end();
await once(out, 'finish');
print({ evaluated });
