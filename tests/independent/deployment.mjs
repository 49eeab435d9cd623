// A new version of the shop needs a scope that the sign-ins at the old one did not request.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startVersions } from '../browser/versions.mjs';
import { SHOP, startProvider } from './provider.mjs';
import { passed } from './time.mjs';
import { Visitor } from './visitor.mjs';

let provider;
let shop;

const at = (path) => `${shop.address}${path}`;

before(async () => {
  provider = await startProvider();
  shop = await startVersions(async (address) => {
    await provider.registerShop(address);
    return `endpoint="${provider.endpoint}",app_id="${SHOP.client_id}",app_secret="${SHOP.client_secret}"`;
  });
});

after(async () => {
  const codes = await shop?.stop();
  await provider?.stop();
  if (shop) assert.deepEqual(codes, [0, 0], 'the storefronts stop in order');
});

const isAuthorization = ({ event, method, path }) => event === 'request' && method === 'GET' && path === '/oidc/auth';
const isRefresh = ({ event, grant }) => event === 'token' && grant === 'refresh_token';

/** Somebody who has signed in before the deployment. */
async function signedInBefore(account) {
  shop.beforeDeployment();
  const visitor = new Visitor();
  const arrived = await visitor.signIn(shop.address, account);
  assert.equal(arrived.status, 200, arrived.text);
  assert.equal((await visitor.api(at('/api/whoami'))).status, 200);
  assert.equal((await visitor.go(at('/api/export'))).status, 404, 'the old version has no such page');
  shop.afterDeployment();
  return visitor;
}

test('a session from before reaches the page with a new grant, and once', async () => {
  const erin = await signedInBefore('erin');
  const script = await erin.api(at('/api/export'));
  assert.equal(script.status, 403, script.text);
  assert.match(script.headers['www-authenticate'], /error="insufficient_scope".*scope="export:orders"/);

  const [events, arrived] = await provider.during(async () => {
    const page = await erin.go(at('/api/export'));
    assert.match(page.text, /<h1>consent<\/h1>/, 'the provider knows who it is');
    const request = new URL(page.hops.find((hop) => hop.startsWith(`${provider.issuer}/auth?`)));
    assert.ok(request.searchParams.get('scope').split(' ').includes('export:orders'));
    return erin.answerPages(page, { account: 'erin' });
  });
  assert.deepEqual([arrived.status, arrived.url], [200, at('/api/export')], arrived.text);
  assert.match(arrived.text, /Earl Grey/);
  assert.equal(events.filter(isAuthorization).length, 1);

  const [later, statuses] = await provider.during(async () => [
    (await erin.go(at('/api/export'))).status,
    (await erin.api(at('/api/export'))).status,
  ]);
  assert.deepEqual(statuses, [200, 200]);
  assert.deepEqual(later.filter(isAuthorization), []);
});

test('the refresh token of the new grant brings the scope again', async (t) => {
  provider.control.accessTokenTtl = 1;
  t.after(() => (provider.control.accessTokenTtl = 3600));
  const erin = await signedInBefore('erin');
  const arrived = await erin.answerPages(await erin.go(at('/api/export')), { account: 'erin' });
  assert.equal(arrived.status, 200, arrived.text);
  const [events] = await provider.during(async () => {
    await passed(1);
    assert.equal((await erin.api(at('/api/export'))).status, 200);
  });
  assert.equal(events.filter(isRefresh).length, 1);
  assert.deepEqual(events.filter(isAuthorization), []);
});

test('who is not granted the scope is asked for it once, and then refused', async () => {
  const alice = await signedInBefore('alice');
  const [events, refused] = await provider.during(async () => alice.answerPages(await alice.go(at('/api/export')), { account: 'alice' }));
  assert.equal(refused.status, 403, refused.text);
  assert.equal(events.filter(isAuthorization).length, 1);
  const [later, again] = await provider.during(() => alice.go(at('/api/export')));
  assert.equal(again.status, 403);
  assert.deepEqual(later.filter(isAuthorization), []);
  assert.equal((await alice.go(at('/profile'))).status, 200, 'still signed in');
});
