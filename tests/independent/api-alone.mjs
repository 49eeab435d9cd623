// The orders API, which takes nothing but access tokens, against a provider of other people's making.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startOrdersApi } from '../browser/shop.mjs';
import { OTHER_API, SHOPPING_API, TOOL, WAREHOUSE, startProvider } from './provider.mjs';
import { machineToken, personTokens } from './tokens.mjs';
import { send } from './visitor.mjs';

let provider;
let api;

before(async () => {
  provider = await startProvider();
  const settings = { ROCKET_LOGTO: `{endpoint="${provider.endpoint}",resources=["${SHOPPING_API}"],bearer_clients=["${TOOL.client_id}"]}` };
  api = await startOrdersApi({ settings });
});

after(async () => {
  const code = await api?.stop();
  await provider?.stop();
  if (!api) return;
  assert.equal(code, 0, 'the API stops in order');
  assert.doesNotMatch(api.log(), /panicked/);
});

const ask = (path, token, options = {}) =>
  send(`${api.address}${path}`, { ...options, headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...options.headers } });

function expectProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers['content-type'], /^application\/problem\+json/);
  assert.equal(answer.json().code, code);
}

test('a client finds the provider by the challenge, and gets in', async () => {
  const refused = await ask('/api/orders');
  expectProblem(refused, 401, 'not_signed_in');
  // RFC 9728 §5.1. The API's public address is in the metadata, and the document is the one of this process.
  const metadata = new URL(/resource_metadata="([^"]+)"/.exec(refused.headers['www-authenticate'])[1]);
  const { resource, authorization_servers: servers, scopes_supported: scopes } = (await ask(metadata.pathname)).json();
  assert.deepEqual([resource, servers], [SHOPPING_API, [provider.issuer]]);
  assert.ok(scopes.includes('read:orders'));
  const discovered = (await send(`${servers[0]}/.well-known/openid-configuration`)).json();
  assert.equal(discovered.token_endpoint, `${provider.issuer}/token`);
  const token = await machineToken(provider, 'read:orders', resource);
  assert.equal((await ask('/api/orders', token)).status, 200);
});

test('tokens of people and of machines do what their scopes say', async () => {
  const { access_token: alices, id_token: identity } = await personTokens(provider, 'alice', SHOPPING_API);
  const who = (await ask('/api/whoami', alices)).json();
  assert.deepEqual([who.sub, who.kind, who.client], ['alice', 'user', TOOL.client_id]);
  const order = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"item":"Sencha"}' };
  assert.equal((await ask('/api/orders', alices, order)).status, 201);
  const machines = await machineToken(provider, 'read:orders', SHOPPING_API);
  assert.equal((await ask('/api/whoami', machines)).json().kind, 'machine');
  expectProblem(await ask('/api/orders', machines, order), 403, 'insufficient_scope');
  expectProblem(await ask('/api/orders/1', alices, { method: 'DELETE' }), 403, 'subject_not_accepted');
  for (const token of [identity, await machineToken(provider, 'ping', OTHER_API)]) {
    assert.equal((await ask('/api/whoami', token)).status, 401);
  }
});

test('the setting bearer_clients and the key clients say whose tokens are accepted', async () => {
  const scope = 'read:orders';
  const tools = await machineToken(provider, scope, SHOPPING_API);
  const warehouses = await machineToken(provider, scope, SHOPPING_API, WAREHOUSE);
  const { access_token: alices } = await personTokens(provider, 'alice', SHOPPING_API, WAREHOUSE);
  assert.equal((await ask('/api/orders', tools)).status, 200);
  for (const token of [warehouses, alices]) {
    expectProblem(await ask('/api/orders', token), 403, 'client_not_accepted');
    // The route has a list of its own.
    assert.equal((await ask('/api/orders/count', token)).status, 200);
  }
  expectProblem(await ask('/api/orders/count', tools), 403, 'client_not_accepted');
});

test('no cookie is set, and nobody is led to sign-in', async () => {
  const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', cookie: 'logto_session.0=e30' };
  const refused = await ask('/api/orders', undefined, { headers: navigation });
  assert.deepEqual([refused.status, refused.headers.location, refused.headers['set-cookie']], [401, undefined, undefined]);
  assert.equal((await ask('/logto/sign-in')).status, 404);
});

test('a new key counts at once', async () => {
  const before = await machineToken(provider, 'read:orders', SHOPPING_API);
  assert.equal((await ask('/api/orders', before)).status, 200);
  await provider.rotateKeys({ algorithm: 'RS256' });
  const fresh = await machineToken(provider, 'read:orders', SHOPPING_API);
  assert.equal((await ask('/api/orders', fresh)).status, 200);
  assert.equal((await ask('/api/orders', before)).status, 200, 'the previous key is still listed');
});
