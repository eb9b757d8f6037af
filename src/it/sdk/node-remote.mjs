// Asks for variants with Amplitude's Node SDK, call by call, and prints what each one returned.
//
// node node-remote.mjs '{"url", "key", "config"?, "calls": [{"method", "user", "options"?}]}'
import sdk from '@amplitude/experiment-node-server';
import { argument, print } from './lines.mjs';

const { url, key, config, calls } = argument();
const client = sdk.Experiment.initializeRemote(key, { serverUrl: url, logLevel: sdk.LogLevel.Disable, ...config });

for (const { method, user, options } of calls) {
  try {
    print({ variants: await client[method](user, options) });
  } catch (e) {
    print({ error: e.message, status: e.statusCode });
  }
}
