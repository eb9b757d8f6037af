// Resolves flags with OpenFeature's SDK for servers and its OFREP provider, and prints the details of each.
//
// node openfeature-server.mjs '{"url", "headers", "resolve": [{"type", "flag", "fallback", "context"?}]}'
import { OpenFeature } from '@openfeature/server-sdk';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { argument, print } from './lines.mjs';

const { url, headers, resolve } = argument();
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url, headers }));
const client = OpenFeature.getClient();
for (const { type, flag, fallback, context } of resolve) {
  print(await client[`get${type}Details`](flag, fallback, context));
}
await OpenFeature.close();
