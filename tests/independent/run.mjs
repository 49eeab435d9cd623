// The storefront against a provider of other people's making. Run it with `npm test`.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { SignJWT, importJWK, decodeProtectedHeader } from 'jose';
import { startShop } from '../browser/shop.mjs';
import { OTHER_API, SHOP, SHOPPING_API, TOOL, startProvider } from './provider.mjs';
import * as issue from './tokens.mjs';
import { eventually, passed } from './time.mjs';
import { Visitor, send } from './visitor.mjs';

let provider;
let shop;

const COOKIE_KEY = randomBytes(48).toString('base64');
const settings = (more = '') => ({
  ROCKET_LOGTO: `{endpoint="${provider.endpoint}",app_id="${SHOP.client_id}",app_secret="${SHOP.client_secret}",cookie_keys=["${COOKIE_KEY}"]${more}}`,
});

before(async () => {
  provider = await startProvider();
  shop = await startShop({ settings: settings() });
  await provider.registerShop(shop.address);
});

after(async () => {
  const code = await shop?.stop();
  await provider?.stop();
  if (!shop) return;
  assert.equal(code, 0, 'the storefront stops in order');
  assert.doesNotMatch(shop.log(), /panicked/);
  assert.ok(!shop.log().includes(SHOP.client_secret), 'the secret stays out of the log');
  const broken = provider.journal.filter(({ event }) => event === 'server error');
  assert.deepEqual(broken, [], 'the provider was asked nothing it cannot answer');
});

beforeEach(() => {
  provider.control.accessTokenTtl = 3600;
});

const at = (path) => `${shop.address}${path}`;
const isRefresh = ({ event, grant, client }) => event === 'token' && grant === 'refresh_token' && client === SHOP.client_id;
const isRefusal = ({ event }) => event === 'token refused';

async function signedIn(account, path) {
  const visitor = new Visitor();
  const arrived = await visitor.signIn(shop.address, account, path);
  assert.equal(arrived.status, 200, arrived.text);
  return visitor;
}

function expectProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers['content-type'], /^application\/problem\+json/);
  const problem = answer.json();
  assert.equal(problem.status, status);
  assert.equal(problem.code, code);
  return problem;
}

/** Waits until `work` gives something true; for what happens behind the scenes. */
async function until(work, what) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const result = await work();
    if (result) return result;
    if (Date.now() > deadline) assert.fail(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('signing in', () => {
  test('the authorization request is complete', async () => {
    const { location } = await new Visitor().go(at('/logto/sign-in'), { stops: (next) => next.startsWith(provider.issuer) });
    const url = new URL(location);
    assert.equal(url.origin + url.pathname, `${provider.issuer}/auth`);
    const one = (name) => {
      assert.equal(url.searchParams.getAll(name).length, 1, name);
      return url.searchParams.get(name);
    };
    assert.equal(one('response_type'), 'code');
    assert.equal(one('client_id'), SHOP.client_id);
    assert.equal(one('redirect_uri'), at('/logto/callback'));
    assert.equal(one('code_challenge_method'), 'S256');
    assert.match(one('code_challenge'), /^[\w-]{43}$/);
    assert.match(one('state'), /^[\w-]{43,}$/);
    assert.match(one('nonce'), /^[\w-]{43,}$/);
    assert.equal(one('prompt'), 'consent');
    assert.deepEqual(url.searchParams.getAll('resource').sort(), [SHOPPING_API, 'urn:logto:resource:organizations']);
    const scopes = one('scope').split(' ');
    for (const scope of ['openid', 'offline_access', 'profile', 'email', 'read:orders', 'write:orders', 'delete:orders', 'urn:logto:scope:organizations']) {
      assert.ok(scopes.includes(scope), scope);
    }
    assert.equal(new Set(scopes).size, scopes.length, 'no scope twice');
    assert.ok(!location.includes(SHOP.client_secret));
  });

  test('ends at the page that was asked for, with the claims of the ID token', async () => {
    const visitor = new Visitor();
    const page = await visitor.go(at('/profile'));
    const arrived = await visitor.answerPages(page, { account: 'alice' });
    assert.equal(arrived.url, at('/profile'));
    assert.match(arrived.text, /alice@example\.com/);
    assert.match(arrived.text, /Alice Example/);
    assert.match((await visitor.go(at('/'))).text, /Hello Alice Example/);
    assert.match((await visitor.go(at('/'))).text, /not a member of any/);
    const known = (await visitor.api(at('/logto/user'))).json();
    assert.equal(known.claims.sub, 'alice');
  });

  test('a name outside ASCII, and none at all', async () => {
    assert.match((await (await signedIn('root')).go(at('/'))).text, /Hello Root Ünïcode/);
    assert.match((await (await signedIn('bob')).go(at('/'))).text, /Hello bob/);
  });

  test('cancelled at the provider: a page says so, and nobody is signed in', async () => {
    const visitor = new Visitor();
    const page = await visitor.go(at('/profile'));
    const refused = await visitor.answerPages(page, { cancel: 'yes' });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /sign_in_cancelled/);
    assert.match(refused.text, /href="\/logto\/sign-in\?return_to=%2Fprofile"/);
    assert.deepEqual(visitor.session(), []);
  });

  /** A sign-in up to the callback's address, which the browser has not opened. */
  async function upToCallback(visitor, account) {
    const page = await visitor.go(at('/logto/sign-in'));
    const { location } = await visitor.answerPages(page, { account }, { stops: (next) => next.startsWith(at('/logto/callback')) });
    assert.ok(location, 'the provider sends the browser back');
    return new URL(location);
  }

  test('a callback with a foreign state, issuer or code is refused, and says so', async () => {
    for (const [name, value, code] of [
      ['state', 'x'.repeat(43), 'callback_unknown_state'],
      ['iss', 'http://localhost:1/oidc', 'callback_issuer'],
      ['iss', null, 'callback_issuer'],
      ['code', 'x'.repeat(43), 'sign_in_code_spent'],
    ]) {
      const visitor = new Visitor();
      const callback = await upToCallback(visitor, 'alice');
      if (value === null) callback.searchParams.delete(name);
      else callback.searchParams.set(name, value);
      const refused = await visitor.go(callback.href);
      assert.equal(refused.status, 400, name);
      assert.match(refused.text, new RegExp(code));
      assert.deepEqual(visitor.session(), []);
    }
  });

  test('a code that another browser got is refused: PKCE', async () => {
    const [mine, theirs] = [new Visitor(), new Visitor()];
    const [callback, stolen] = [await upToCallback(mine, 'alice'), await upToCallback(theirs, 'root')];
    callback.searchParams.set('code', stolen.searchParams.get('code'));
    assert.equal((await mine.go(callback.href)).status, 400);
    assert.deepEqual(mine.session(), []);
  });

  test('a callback opened twice at once signs in once', async () => {
    const visitor = new Visitor();
    const callback = await upToCallback(visitor, 'alice');
    const twin = visitor.copy();
    const [tokens, answers] = await provider.during(
      () => Promise.all([visitor.ask(callback.href), twin.ask(callback.href)]),
      ({ event }) => event.startsWith('token'),
    );
    assert.deepEqual(answers.map(({ status }) => status), [303, 303]);
    assert.deepEqual(tokens.map(({ event }) => event), ['token']);
    assert.equal((await visitor.api(at('/api/orders'))).status, 200, 'the grant is alive');
  });

  test('a callback opened again later leaves the session alone', async () => {
    const visitor = new Visitor();
    const callback = await upToCallback(visitor, 'alice');
    await visitor.go(callback.href);
    const again = await visitor.go(callback.href);
    assert.equal(again.url, at('/'));
    assert.equal((await visitor.api(at('/api/orders'))).status, 200);
  });
});

describe('what a session may do', () => {
  test('alice reads and writes, and deletes nothing', async () => {
    const alice = await signedIn('alice');
    const who = (await alice.api(at('/api/whoami'))).json();
    assert.deepEqual({ ...who, scopes: who.scopes.sort() }, { sub: 'alice', kind: 'user', via: 'session', scopes: ['read:orders', 'write:orders'], organization: null });
    assert.equal((await alice.api(at('/api/orders'))).status, 200);
    assert.equal((await alice.api(at('/api/orders'), { method: 'POST' })).status, 201);
    const refused = await alice.api(at('/api/orders/2'), { method: 'DELETE' });
    assert.deepEqual(expectProblem(refused, 403, 'insufficient_scope').required_scopes, ['delete:orders']);
    assert.match(refused.headers['www-authenticate'], /error="insufficient_scope".*scope="delete:orders"/);
  });

  test('bob does nothing, root everything', async () => {
    const [bob, root] = [await signedIn('bob'), await signedIn('root')];
    for (const [method, path, allowed] of [
      ['GET', '/api/orders', 200],
      ['POST', '/api/orders', 201],
      ['DELETE', '/api/orders/3', 204],
    ]) {
      expectProblem(await bob.api(at(path), { method }), 403, 'insufficient_scope');
      assert.equal((await root.api(at(path), { method })).status, allowed, path);
    }
  });

  test('the access token reaches the next service', async () => {
    const answer = (await (await signedIn('alice')).api(at('/api/upstream'))).json();
    assert.equal(answer.audience, SHOPPING_API);
    assert.equal(answer.upstream.status, 200);
    assert.ok(answer.expires_at > Date.now() / 1000);
  });

  test('a handler chooses a token, and calls a partner with it', async () => {
    const answer = (await (await signedIn('alice')).api(at('/partners/orders'))).json();
    assert.equal(answer.status, 200);
    assert.ok(answer.body.length > 0);
  });

  test('the userinfo endpoint is asked with the opaque token', async () => {
    const info = (await (await signedIn('alice')).api(at('/api/userinfo'))).json();
    assert.deepEqual([info.sub, info.email], ['alice', 'alice@example.com']);
  });

  test('claims are read as types: of the ID token, of userinfo and of the access token', async () => {
    const alice = await signedIn('alice');
    const details = (await alice.api(at('/api/details'))).json();
    assert.deepEqual([details.username, details.plan], ['alice', null]);
    assert.ok(details.opaque_token_scopes.includes('openid'));
    const plan = await alice.api(at('/plan'));
    assert.equal(plan.status, 200);
    assert.match(plan.text, /You have no plan\./);
  });

  test('a custom claim of the access token opens what its value is for', async () => {
    const [root, erin] = [await signedIn('root'), await signedIn('erin')];
    assert.match((await root.go(at('/plan'))).text, /You are on the gold plan\./);
    assert.match((await root.go(at('/tasting'))).text, /For customers on the gold plan: every Thursday/);
    assert.match((await erin.go(at('/plan'))).text, /You are on the silver plan\./);
    expectProblem(await erin.api(at('/tasting')), 403, 'check_failed');
  });

  test('a custom claim that the shop does not know is an error, and not a plan', async (t) => {
    t.after(provider.change('alice', { plan: 'platinum' }));
    const alice = await signedIn('alice');
    const refused = await alice.api(at('/plan'));
    expectProblem(refused, 500, 'invalid_claims');
    assert.equal((await alice.api(at('/api/orders'))).status, 200, 'whoever does not ask for it is not kept out');
  });

  test('a refresh brings what the provider says now', async (t) => {
    const alice = await signedIn('alice');
    const known = async () => (await alice.api(at('/logto/user'))).json().claims;
    const plan = async () => /You (have no plan|are on the \w+ plan)\./.exec((await alice.go(at('/plan'))).text)[0];
    // The first request reads the scopes of a token. The token itself is in the cookie from the second on.
    for (let request = 0; request < 2; request += 1) assert.equal(await plan(), 'You have no plan.');
    t.after(provider.change('alice', { name: 'Alice Renamed', roles: ['bookkeeper'], plan: 'gold' }));
    assert.equal((await known()).name, 'Alice Example', 'the session says what was true at the sign-in');
    assert.equal(await plan(), 'You have no plan.', 'so does a token that is held');

    const [events, answer] = await provider.during(() => alice.api(at('/api/permissions'), { method: 'POST' }));
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json().roles, ['bookkeeper']);
    assert.deepEqual(events.filter(isRefusal), []);
    assert.ok(events.some(isRefresh));
    assert.equal((await known()).name, 'Alice Renamed');
    assert.equal(await plan(), 'You are on the gold plan.');
    assert.equal((await alice.api(at('/api/orders'))).status, 200);
  });

  test('a provider without organizations gives a clear refusal, not an error of the server', async (t) => {
    const alice = await signedIn('alice');
    for (const [method, path] of [
      ['GET', '/orgs/acme/members'],
      ['POST', '/orgs/acme/invites'],
      ['GET', '/orgs/acme/orders'],
    ]) {
      await t.test(`${method} ${path}`, async () => {
        const answer = await alice.api(at(path), { method });
        assert.equal(answer.status, 403, answer.text);
        assert.match(answer.headers['content-type'], /problem\+json/);
      });
    }
    assert.equal((await alice.api(at('/api/orders'))).status, 200, 'and the session goes on');
  });

  test('nobody: 401 with a challenge for programs, sign-in for people', async () => {
    const nobody = new Visitor();
    const refused = await nobody.api(at('/api/orders'));
    expectProblem(refused, 401, 'not_signed_in');
    assert.match(refused.headers['www-authenticate'], /^Bearer /);
    assert.doesNotMatch(refused.headers['www-authenticate'], /error=/);
    const page = await nobody.go(at('/api/orders'), { stops: (next) => next.startsWith(provider.issuer) });
    assert.equal(page.status, 303);
  });
});

const machineToken = (scope = 'read:orders', resource = SHOPPING_API) => issue.machineToken(provider, scope, resource);
const personToken = (account, resource) => issue.personTokens(provider, account, resource);

const withBearer = (path, token, options = {}) =>
  send(at(path), { ...options, headers: { accept: 'application/json', authorization: `Bearer ${token}` } });

describe('bearer tokens', () => {
  test('a person’s token does what its scopes say', async () => {
    const { access_token: token } = await personToken('alice', SHOPPING_API);
    const who = (await withBearer('/api/whoami', token)).json();
    assert.deepEqual([who.sub, who.kind, who.via], ['alice', 'user', 'bearer']);
    assert.equal((await withBearer('/api/orders', token)).status, 200);
    assert.equal((await withBearer('/api/orders', token, { method: 'POST' })).status, 201);
    expectProblem(await withBearer('/api/orders/2', token, { method: 'DELETE' }), 403, 'insufficient_scope');
  });

  test('a machine’s token is known as one', async () => {
    const token = await machineToken();
    const who = (await withBearer('/api/whoami', token)).json();
    assert.deepEqual([who.sub, who.kind, who.scopes], [TOOL.client_id, 'machine', ['read:orders']]);
    assert.equal((await withBearer('/api/orders', token)).status, 200);
    expectProblem(await withBearer('/api/orders', token, { method: 'POST' }), 403, 'insufficient_scope');
  });

  test('the wrong audience, an opaque token and an ID token are refused', async () => {
    const { access_token: elsewhere } = await personToken('alice', OTHER_API);
    const { access_token: opaque, id_token: identity } = await personToken('alice');
    for (const token of [elsewhere, await machineToken('ping', OTHER_API), opaque, identity]) {
      const refused = await withBearer('/api/orders', token);
      assert.equal(refused.status, 401, refused.text);
      assert.match(refused.headers['www-authenticate'], /error="invalid_token"/);
      assert.ok(!refused.text.includes(token), 'the token is not repeated');
    }
  });

  test('a bad token is not passed over for a good session', async () => {
    const alice = await signedIn('alice');
    const refused = await alice.api(at('/api/orders'), { headers: { authorization: 'Bearer nonsense' } });
    assert.equal(refused.status, 401);
    assert.equal((await alice.api(at('/api/orders'))).status, 200);
  });

  test('tokens that the provider would never make', async () => {
    const now = Math.floor(Date.now() / 1000);
    const jwk = provider.signingKey();
    const claims = { iss: provider.issuer, sub: 'alice', aud: SHOPPING_API, client_id: TOOL.client_id, scope: 'read:orders', jti: 'j', iat: now, exp: now + 600 };
    const header = { alg: jwk.alg, kid: jwk.kid, typ: 'at+jwt' };
    const key = await importJWK(jwk, jwk.alg);
    const make = (changes, headers = {}) => new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header, ...headers }).sign(key);
    assert.equal((await withBearer('/api/orders', await make({}))).status, 200, 'the pattern itself is good');
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload, signature] = (await make({})).split('.');
    for (const [name, token] of Object.entries({
      expired: await make({ iat: now - 900, exp: now - 120 }),
      'not yet valid': await make({ nbf: now + 600 }),
      'of another issuer': await make({ iss: 'http://localhost:1/oidc' }),
      'without a subject': await make({ sub: undefined }),
      'no access token': await make({}, { typ: 'JWT' }),
      'with a critical header': `${encode({ ...header, crit: ['x'], x: 1 })}.${payload}.${signature}`,
      unsigned: `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      altered: `${encode(header)}.${encode({ ...claims, scope: 'delete:orders' })}.${signature}`,
      'signed with the public key as a secret': await new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: 'HS256' })
        .sign(new TextEncoder().encode(JSON.stringify({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }))),
    })) {
      const refused = await withBearer('/api/orders', token);
      assert.equal(refused.status, 401, `${name}: ${refused.text}`);
    }
  });
});

describe('refresh', () => {
  test('a token is fetched once, and then held', async () => {
    const alice = await signedIn('alice');
    const [refreshes] = await provider.during(async () => {
      for (let request = 0; request < 5; request += 1) assert.equal((await alice.api(at('/api/orders'))).status, 200);
    }, isRefresh);
    assert.deepEqual(refreshes.map(({ resource }) => resource), [SHOPPING_API]);
  });

  test('tokens of one second: each second refreshes, and rotation goes along', async () => {
    provider.control.accessTokenTtl = 1;
    const alice = await signedIn('alice');
    const [events] = await provider.during(async () => {
      for (let request = 0; request < 3; request += 1) {
        assert.equal((await alice.api(at('/api/orders'))).status, 200);
        await passed(1);
      }
    });
    assert.deepEqual(events.filter(isRefusal), []);
    assert.equal(events.filter(isRefresh).length, 3);
    assert.equal((await alice.go(at('/profile'))).status, 200);
  });

  test('twenty requests at once with no token yet: one call', async () => {
    const alice = await signedIn('alice');
    const [events, statuses] = await provider.during(() =>
      Promise.all(Array.from({ length: 20 }, () => alice.api(at('/api/orders')).then(({ status }) => status))),
    );
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.equal(events.filter(isRefresh).length, 1);
  });

  test('twenty requests at once with a token that is over: one call', async () => {
    provider.control.accessTokenTtl = 1;
    const alice = await signedIn('alice');
    assert.equal((await alice.api(at('/api/orders'))).status, 200);
    await passed(1);
    provider.control.accessTokenTtl = 3600;
    const [events, statuses] = await provider.during(() =>
      Promise.all(Array.from({ length: 20 }, () => alice.api(at('/api/orders')).then(({ status }) => status))),
    );
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.equal(events.filter(isRefresh).length, 1, JSON.stringify(events));
  });

  test('twenty requests at once where tokens live five seconds: they share what was just fetched', async () => {
    provider.control.accessTokenTtl = 5;
    const alice = await signedIn('alice');
    const [events, statuses] = await provider.during(() =>
      Promise.all(Array.from({ length: 20 }, () => alice.api(at('/api/orders')).then(({ status }) => status))),
    );
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.deepEqual(events.filter(isRefusal), []);
    assert.ok(events.filter(isRefresh).length <= 2, `${events.filter(isRefresh).length} calls for requests that came together`);
  });

  test('an answer that never arrived does not cost the session', async () => {
    const alice = await signedIn('alice');
    const [events] = await provider.during(async () => {
      assert.equal((await alice.api(at('/api/orders'), { forgets: true })).status, 200);
      // The refresh token in the cookie is spent by now; a strict provider would end everything for it.
      assert.equal((await alice.api(at('/api/upstream'))).status, 200);
      assert.equal((await alice.api(at('/api/userinfo'))).status, 200);
    });
    assert.deepEqual(events.filter(isRefusal), []);
  });

  test('a grant that is gone ends the session, once', async () => {
    const alice = await signedIn('alice');
    await provider.revokeGrantsOf('alice');
    const refused = await alice.api(at('/api/orders'));
    expectProblem(refused, 401, 'session_ended');
    assert.deepEqual(alice.session(), [], 'its cookie is removed');
    const [events, again] = await provider.during(() => alice.api(at('/api/orders')));
    expectProblem(again, 401, 'not_signed_in');
    assert.deepEqual(events, [], 'the provider is not asked again');
  });

  test('a grant that is gone: a person is led to sign-in or told the truth, and does not go round', async () => {
    const alice = await signedIn('alice');
    await provider.revokeGrantsOf('alice');
    const answer = await alice.go(at('/api/orders'), { stops: (next) => next.startsWith(provider.endpoint) });
    assert.ok(answer.hops.length <= 5, answer.hops.join('\n'));
    // Sent to sign-in, or (right after one, lest it go round) told that the provider ended it.
    assert.ok(answer.status === 303 || /session_ended/.test(answer.text), answer.text);
  });
});

describe('two processes of one shop, with cookies alone between them', () => {
  let other;
  let there;
  before(async () => {
    other = await startShop({ settings: settings(`,public_url="${shop.address}"`) });
    there = `http://localhost:${other.port}`;
  });
  after(() => other?.stop());

  test('take turns at refreshing with a token that rotates', async () => {
    provider.control.accessTokenTtl = 1;
    const alice = await signedIn('alice');
    const [events] = await provider.during(async () => {
      for (const address of [shop.address, there, there, shop.address]) {
        const answer = await alice.api(`${address}/api/orders`);
        assert.equal(answer.status, 200, answer.text);
        await passed(1);
      }
    });
    assert.deepEqual(events.filter(isRefusal), []);
    assert.equal(events.filter(isRefresh).length, 4);
  });

  test('a refused request hands on the refresh token that it was given', async () => {
    const alice = await signedIn('alice');
    const [events, refused] = await provider.during(() => alice.api(at('/orgs/acme/members')));
    assert.ok(refused.status >= 400);
    assert.equal(events.filter(isRefresh).length, 1, 'the refresh token was spent');
    // The other process knows only what the browser brings.
    const answer = await alice.api(`${there}/api/orders`);
    assert.equal(answer.status, 200, answer.text);
  });

  test('signed out at one is signed out at both, of the grant at least', async () => {
    const alice = await signedIn('alice');
    const kept = alice.copy();
    await alice.ask(at('/logto/sign-out'), { method: 'POST' });
    expectProblem(await kept.api(`${there}/api/orders`), 401, 'session_ended');
  });
});

describe('keys', () => {
  test('a rotation lands at once, for sessions and bearers, and then a change to RS256', async () => {
    const alice = await signedIn('alice');
    const old = await machineToken();
    assert.equal((await withBearer('/api/orders', old)).status, 200);

    await provider.rotateKeys();
    const fresh = await machineToken();
    assert.notEqual(decodeProtectedHeader(fresh).kid, decodeProtectedHeader(old).kid);
    assert.equal((await withBearer('/api/orders', fresh)).status, 200);
    assert.equal((await withBearer('/api/orders', old)).status, 200, 'the previous key is still listed');
    assert.equal((await alice.api(at('/api/orders'))).status, 200);

    await provider.rotateKeys({ algorithm: 'RS256', keepPrevious: false });
    const rsa = await machineToken();
    assert.equal(decodeProtectedHeader(rsa).alg, 'RS256');
    assert.equal((await withBearer('/api/orders', rsa)).status, 200);
    assert.equal((await withBearer('/api/orders', old)).status, 401, 'its key is gone');
    assert.equal((await alice.api(at('/api/upstream'))).status, 200);
    const carries = await signedIn('root');
    assert.equal((await carries.api(at('/api/orders'))).status, 200);
  });

  test('invented key ids make the shop fetch no more than a few times', async () => {
    const token = await machineToken();
    const [, payload, signature] = token.split('.');
    const [fetches] = await provider.during(
      () =>
        Promise.all(
          Array.from({ length: 30 }, async (_, index) => {
            const header = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid: `invented-${index}` })).toString('base64url');
            assert.equal((await withBearer('/api/orders', `${header}.${payload}.${signature}`)).status, 401);
          }),
        ),
      ({ path }) => path === '/oidc/jwks',
    );
    assert.ok(fetches.length <= 3, `${fetches.length} fetches`);
    assert.equal((await withBearer('/api/orders', token)).status, 200);
  });
});

describe('signing out', () => {
  test('here, at the provider, and of the grant', async () => {
    const alice = await signedIn('alice');
    assert.equal((await alice.api(at('/api/orders'))).status, 200);
    const before = alice.copy();
    const [events, page] = await provider.during(() => alice.go(at('/logto/sign-out'), { method: 'POST' }));
    assert.ok(events.some(({ path }) => path === '/oidc/token/revocation'));
    assert.ok(events.some(({ event }) => event === 'grant revoked'));
    assert.deepEqual(alice.session(), []);

    const leaving = new URL(page.url);
    assert.equal(leaving.origin + leaving.pathname, `${provider.issuer}/session/end`);
    assert.equal(leaving.searchParams.get('client_id'), SHOP.client_id);
    assert.equal(leaving.searchParams.get('post_logout_redirect_uri'), at('/'));
    const action = /action="([^"]+)"/.exec(page.text)[1];
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)[1];
    const home = await alice.go(action, { method: 'POST', form: { xsrf, logout: 'yes' } });
    assert.equal(home.url, at('/'));
    assert.match(home.text, /A small shop/);

    // Who has kept the cookie has nothing.
    assert.equal((await before.api(at('/api/orders'))).status, 401);
    const asked = await alice.go(at('/profile'));
    assert.match(asked.text, /<h1>login<\/h1>/, 'the provider asks who it is');
  });

  test('a script of another site cannot', async () => {
    const alice = await signedIn('alice');
    const refused = await alice.ask(at('/logto/sign-out'), { method: 'POST', headers: { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' } });
    assert.equal(refused.status, 403);
    assert.equal((await alice.api(at('/logto/user'))).json().isAuthenticated, true);
  });
});

describe('the provider is away', () => {
  test('nobody is signed out for it, and all goes on when it is back', async () => {
    const [fresh, holding, due, leaving] = [await signedIn('alice'), await signedIn('alice'), await signedIn('alice'), await signedIn('alice')];
    assert.equal((await holding.api(at('/api/orders'))).status, 200);
    provider.control.accessTokenTtl = 40;
    assert.equal((await due.api(at('/api/orders'))).status, 200);
    const token = await machineToken();

    await provider.goDown();
    try {
      assert.equal((await holding.api(at('/api/orders'))).status, 200, 'a token that is held needs nobody');
      assert.equal((await due.api(at('/api/orders'))).status, 200, 'one that is due for renewal is still valid');
      assert.equal((await withBearer('/api/orders', token)).status, 200, 'keys are known');
      assert.equal((await fresh.api(at('/api/whoami'))).status, 200);
      assert.match((await fresh.go(at('/'))).text, /Hello Alice Example/);
      for (const path of ['/api/orders', '/api/userinfo', '/api/upstream', '/orgs/acme/members']) {
        const answer = await fresh.api(at(path));
        expectProblem(answer, 503, 'logto_unavailable');
        assert.ok(Number(answer.headers['retry-after']) > 0, path);
        assert.equal(fresh.session().length, 1, 'the session stays');
      }
      const page = await fresh.go(at('/api/orders'));
      assert.equal(page.status, 503);
      assert.match(page.text, /You are still signed in/);
      expectProblem(await new Visitor().api(at('/api/orders')), 401, 'not_signed_in');

      const out = await leaving.ask(at('/logto/sign-out'), { method: 'POST' });
      assert.equal(out.status, 303);
      assert.deepEqual(leaving.session(), [], 'signing out works all the same');
    } finally {
      await provider.comeBack();
    }
    // A failure is shared for up to two seconds of the shop's clock.
    await eventually(async () => (await fresh.api(at('/api/orders'))).status === 200);
    assert.equal((await fresh.api(at('/api/userinfo'))).status, 200);
    assert.equal((await due.api(at('/api/orders'))).status, 200);
  });

  test('a shop that starts meanwhile says so, and works when the provider is back', async (t) => {
    await provider.goDown();
    let back = false;
    const comeBack = async () => {
      if (!back) await provider.comeBack();
      back = true;
    };
    t.after(comeBack);
    const second = await startShop({ settings: settings() });
    t.after(() => second.stop());
    const visitor = new Visitor();
    const page = await visitor.go(`${second.address}/logto/sign-in`);
    assert.equal(page.status, 503);
    assert.match(page.text, /logto_unavailable/);
    assert.ok(Number(page.headers['retry-after']) > 0);
    assert.equal((await visitor.go(`${second.address}/`)).status, 200, 'open pages are open');
    const token = 'e30.e30.e30';
    assert.ok([401, 503].includes((await send(`${second.address}/api/orders`, { headers: { authorization: `Bearer ${token}` } })).status));

    await comeBack();
    const begun = await until(async () => {
      const answer = await visitor.ask(`${second.address}/logto/sign-in`, { headers: { accept: 'text/html' } });
      return answer.status === 303 && answer;
    }, 'the second shop sees the provider');
    assert.ok(begun.headers.location.startsWith(provider.issuer));
  });
});
