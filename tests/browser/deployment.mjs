// A new version of the shop is deployed while a user is signed in. It needs a scope that the sign-in did not request.
// Both versions stand behind one address, as behind a load balancer, and share the tenant and the cookie keys.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, profile } from './browser.mjs';
import { startVersions } from './versions.mjs';

let browser;
let shop;

const at = (path) => `${shop.address}${path}`;

before(async () => {
  browser = await launch();
  shop = await startVersions();
});

after(async () => {
  await browser?.close();
  if (shop) assert.deepEqual(await shop.stop(), [0, 0], 'the storefronts stop in order');
});

/** A user who has signed in before the deployment, in a browser of their own. */
async function signedInBefore(t, user) {
  shop.beforeDeployment();
  const { context, complaints } = await profile(browser);
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(at('/profile'));
  await page.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/sign-in');
  await page.locator(`button[name=user][value=${user}]`).click();
  await page.waitForURL(at('/profile'));
  shop.afterDeployment();
  return { page, context, complaints };
}

/** From now on, the addresses that the page navigates to, and what is shown of them. */
function navigationsOf(page) {
  const answers = [];
  page.on('response', (response) => {
    if (response.request().isNavigationRequest()) answers.push({ status: response.status(), url: new URL(response.url()) });
  });
  return answers;
}

test('a session from before a deployment that adds a scope reaches its page without its user doing anything', async (t) => {
  const { page, context, complaints } = await signedInBefore(t, 'erin');
  const answers = navigationsOf(page);
  const response = await page.goto(at('/api/export'));
  assert.equal(response.status(), 200);
  assert.equal(page.url(), at('/api/export'));
  await page.getByText('Earl Grey').waitFor();

  const shown = answers.filter(({ status }) => status === 200);
  assert.deepEqual(shown.map(({ url }) => url.href), [at('/api/export')], 'Logto shows no page on the way');
  const requests = answers.filter(({ url }) => url.origin === shop.tenant && url.pathname === '/oidc/auth');
  assert.equal(requests.length, 1, 'one authorization request');
  assert.match(requests[0].url.searchParams.get('scope'), /(^| )export:orders( |$)/);

  answers.length = 0;
  assert.equal((await page.goto(at('/api/export'))).status(), 200);
  assert.equal(answers.length, 1, 'and no second round');
  const who = await (await context.request.get(at('/logto/user'))).json();
  assert.equal(who.claims.username, 'erin');
  assert.deepEqual(complaints, []);
});

test('a script of a page from before is told which scope is missing', async (t) => {
  const { page } = await signedInBefore(t, 'erin');
  const ask = () =>
    page.evaluate(async () => {
      const answer = await fetch('/api/export', { headers: { accept: 'application/json' } });
      return [answer.status, answer.headers.get('www-authenticate')];
    });
  const [status, challenge] = await ask();
  assert.equal(status, 403);
  assert.match(challenge, /error="insufficient_scope".*scope="export:orders"/);
  await page.goto(at('/api/export'));
  assert.deepEqual((await ask())[0], 200, 'after a navigation the script may');
});

test('a user without the permission is led to Logto once, and then refused', async (t) => {
  const { page } = await signedInBefore(t, 'bob');
  const answers = navigationsOf(page);
  assert.equal((await page.goto(at('/api/export'))).status(), 403);
  assert.equal(answers.filter(({ url }) => url.pathname === '/oidc/auth').length, 1);
  await page.getByText('export:orders').first().waitFor();
  answers.length = 0;
  assert.equal((await page.goto(at('/api/export'))).status(), 403);
  assert.equal(answers.length, 1, 'and not again');
  assert.equal((await page.goto(at('/profile'))).status(), 200, 'still signed in');
});
