// The storefront in a real browser, against the tenant it brings along. Run it with `npm test`.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, profile } from './browser.mjs';
import { startCookieProxy } from './proxy.mjs';
import { freePort, startShop } from './shop.mjs';

const SCREENSHOTS = fileURLToPath(new URL('./screenshots/', import.meta.url));
const ACME = '7wvvh86x5bl0';
const GLOBEX = 'pvihkqf99smb';
/** A browser that follows redirects has to stop within this many answers of the shop. */
const MOST_HOPS = 5;

let shop;
let browser;

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launch();
  shop = await startShop();
});

after(async () => {
  await browser?.close();
  const code = await shop?.stop();
  if (shop) {
    assert.equal(code, 0, 'the storefront stops in order');
    assert.doesNotMatch(shop.log(), /panicked/);
  }
});

/**
 * A case with a profile of its own, which must have nothing to complain of in the end but what `mayComplain`
 * matches.
 */
function visit(name, options, run) {
  const [{ mayComplain, ...settings }, body] = run ? [options, run] : [{}, options];
  test(name, async (t) => {
    const { context, complaints } = await profile(browser, settings);
    t.after(() => context.close());
    const page = await context.newPage();
    await body(page, context, t);
    const unexpected = complaints.filter((complaint) => !mayComplain?.test(complaint));
    assert.deepEqual(unexpected, [], 'no errors and no policy violations on any page');
  });
}

const shot = (page, name, options = {}) =>
  page.screenshot({ path: `${SCREENSHOTS}${name}.png`, animations: 'disabled', fullPage: true, ...options });

const at = (path) => `${shop.address}${path}`;
const heading = (page) => page.getByRole('heading', { level: 1 });
const person = (page, name) => page.locator(`button[name=user][value=${name}]`);

async function expectUrl(page, url) {
  await page.waitForURL(url);
  assert.equal(page.url(), url);
}

async function expectHeading(page, text) {
  await page.getByRole('heading', { level: 1, name: text }).waitFor();
}

/** Waits for the tenant's sign-in page. */
async function signInPage(page) {
  await page.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/sign-in');
  await expectHeading(page, /^Sign in to /);
}

async function signIn(page, name, path = '/') {
  await page.goto(at(path === '/' ? '/logto/sign-in' : path));
  await signInPage(page);
  await person(page, name).click();
  await expectUrl(page, at(path));
}

/** Presses a button or link of the home page and gives back the answer of the shop. */
async function press(page, label, section) {
  await page.goto(at('/'));
  const scope = section ? page.locator('section', { has: page.getByRole('heading', { name: section }) }) : page;
  const control = scope.getByRole('link', { name: label }).or(scope.getByRole('button', { name: label }));
  const answered = page.waitForResponse((response) => {
    const request = response.request();
    return request.isNavigationRequest() && /^\/(api\/|orgs\/|partners\/|receipts$|back-office$)/.test(new URL(request.url()).pathname);
  });
  const [response] = await Promise.all([answered, control.first().click()]);
  if (response.status() !== 204) await page.waitForLoadState();
  return response;
}

/** From now on, the shop's answers that the browser gets as pages, redirects included. */
function hopsOf(page) {
  const hops = [];
  page.on('response', (response) => {
    const request = response.request();
    if (request.isNavigationRequest() && new URL(request.url()).port === String(shop.port)) {
      hops.push(`${response.status()} ${request.url()}`);
    }
  });
  return hops;
}

/** What the shop thinks of who has this browser. */
const whoIs = async (context) => (await context.request.get(at('/logto/user'))).json();
/** The shop's session is in `logto_<hash>.<n>`; beside it are sign-ins that have begun, and a mark against loops. */
const SESSION = /^logto_[0-9a-f]+\.\d+$/;
const OURS = /^logto_[0-9a-f]+/;
const cookiesNamed = async (context, pattern) =>
  (await context.cookies(shop.address)).filter(({ name }) => pattern.test(name));

describe('signing in and out', () => {
  visit('from the start page through the tenant and back, greeted by name', async (page) => {
    await page.goto(at('/'));
    await expectHeading(page, 'A small shop behind a big lock');
    await shot(page, 'home-signed-out');
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await signInPage(page);
    await shot(page, 'tenant-sign-in');
    await person(page, 'alice').click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'Hello Alice Example');
    await shot(page, 'home-alice');
  });

  visit('a page asked for while signed out is the page arrived at', async (page) => {
    await signIn(page, 'alice', '/profile');
    await expectHeading(page, 'Your profile');
    await page.getByRole('cell', { name: 'alice@example.com' }).waitFor();
    await shot(page, 'profile');
  });

  visit('a query comes back too', async (page) => {
    await signIn(page, 'alice', '/profile?tab=a%26b&x=%C3%BC');
    await expectHeading(page, 'Your profile');
  });

  visit('a new account can be made from the start page', async (page) => {
    await page.goto(at('/'));
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.waitForURL((url) => url.origin === shop.tenant);
    await page.locator('summary').click();
    await page.getByLabel('New username').fill('dora');
    await page.getByRole('button', { name: 'Create account' }).click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'Hello dora');
  });

  visit('a wrong password is refused, the right one is not', async (page) => {
    await page.goto(at('/logto/sign-in'));
    await signInPage(page);
    const enter = async (password) => {
      await page.locator('summary').click();
      await page.getByLabel('Username or e-mail').fill('alice');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await enter('wrong');
    await page.getByRole('alert').waitFor();
    await enter('Alice-Pass-2026');
    await expectUrl(page, at('/'));
  });

  visit('signing out returns to the shop, and the next guarded page asks again', async (page, context) => {
    await signIn(page, 'alice');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'A small shop behind a big lock');
    assert.deepEqual(await cookiesNamed(context, SESSION), []);
    await page.goto(at('/profile'));
    await signInPage(page);
  });

  visit('Cancel leads to a friendly page with ways on', async (page) => {
    await page.goto(at('/profile'));
    await signInPage(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expectHeading(page, 'You are not signed in');
    assert.equal(new URL(page.url()).origin, shop.address);
    await shot(page, 'cancelled');
    assert.equal(await page.getByRole('link', { name: 'Go to the start page' }).getAttribute('href'), '/');
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await signInPage(page);
    await person(page, 'alice').click();
    // Still to where the person wanted to go in the first place.
    await expectUrl(page, at('/profile'));
  });

  visit('without JavaScript, to the end', { javaScriptEnabled: false }, async (page) => {
    await page.goto(at('/'));
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await signInPage(page);
    await person(page, 'carol').click();
    await expectUrl(page, at('/'));
    await expectHeading(page, /^Hello Carol/);
    await page.getByRole('link', { name: 'Who am I?' }).click();
    await expectUrl(page, at('/api/whoami'));
    await page.getByRole('link', { name: 'Back to the shop' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    // The tenant's page cannot send itself on; its button does.
    await expectHeading(page, 'Signing out');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'A small shop behind a big lock');
  });

  visit('by keyboard alone, and the focus can be seen', async (page) => {
    const tabTo = async (wanted) => {
      for (let presses = 0; presses < 40; presses += 1) {
        await page.keyboard.press('Tab');
        const focus = await page.evaluate(() => {
          const element = document.activeElement;
          const style = getComputedStyle(element);
          const visible = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
          return { text: element.textContent.trim(), value: element.value ?? '', visible };
        });
        if (focus.text === wanted || focus.value === wanted) {
          assert.ok(focus.visible, `the focus on ${wanted} can be seen`);
          return;
        }
      }
      assert.fail(`the Tab key does not reach ${wanted}`);
    };
    await page.goto(at('/'));
    await tabTo('Sign in');
    await page.keyboard.press('Enter');
    await signInPage(page);
    await tabTo('alice');
    await page.keyboard.press('Enter');
    await expectUrl(page, at('/'));
    await expectHeading(page, 'Hello Alice Example');
    await tabTo('Place an order');
    await page.keyboard.press('Enter');
    await expectHeading(page, '201 Created');
    await tabTo('Back to the shop');
    await page.keyboard.press('Enter');
    await expectHeading(page, 'Hello Alice Example');
    await tabTo('Sign out');
    await page.keyboard.press('Enter');
    await expectHeading(page, 'A small shop behind a big lock');
  });

  visit('a visitor fills a cart, keeps it at sign-in and loses it at sign-out', async (page, context) => {
    const row = (item) => page.getByRole('row', { name: item });
    await page.goto(at('/'));
    await page.getByRole('link', { name: 'See your cart' }).click();
    await expectHeading(page, 'Your cart');
    await page.getByText('The cart is empty.').waitFor();
    for (const item of ['Teapot', 'Cups', 'Cups']) {
      await page.getByRole('button', { name: `Add: ${item}` }).click();
      await row(item).waitFor();
    }
    await row('Cups 2').waitFor();
    await shot(page, 'cart-visitor');
    assert.equal((await cookiesNamed(context, /_visitor$/)).length, 1);

    await page.getByRole('link', { name: 'Sign in to check out' }).click();
    await signInPage(page);
    await person(page, 'alice').click();
    await expectUrl(page, at('/cart'));
    await row('Cups 2').waitFor();
    assert.equal((await cookiesNamed(context, /_visitor$/)).length, 0);
    await page.getByRole('button', { name: 'Check out' }).click();
    await expectUrl(page, at('/api/orders'));
    const orders = JSON.parse(await page.locator('pre').innerText());
    assert.ok(orders.some(({ item, quantity }) => item === 'Cups' && quantity === 2));

    await page.goto(at('/cart'));
    await page.getByRole('button', { name: 'Add: Teapot' }).click();
    await row('Teapot 1').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await page.goto(at('/cart'));
    await page.getByText('The cart is empty.').waitFor();
  });

  visit('signing in as somebody else replaces who was signed in', async (page, context) => {
    await signIn(page, 'alice');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await signIn(page, 'carol');
    await expectHeading(page, /^Hello Carol/);
    assert.equal((await whoIs(context)).claims.username, 'carol');
  });
});

describe('sign-ins that the shop begins', () => {
  visit('a page leads to registration with a partner, and back', async (page) => {
    await page.goto(at('/'));
    await page.getByRole('link', { name: 'Buy for your company' }).click();
    await expectHeading(page, 'Buy for your company');
    await shot(page, 'organizations');
    await page.getByRole('link', { name: 'Register with Acme' }).click();
    await page.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/register');
    assert.equal(new URL(page.url()).searchParams.get('organization_id'), ACME);
    await page.locator('summary').click();
    await page.getByLabel('New username').fill('emil');
    await page.getByRole('button', { name: 'Create account' }).click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'Hello emil');
  });

  visit('a button leads straight to an identity provider, and back', async (page) => {
    await page.goto(at('/'));
    await page.getByRole('link', { name: 'Sign in with GitHub' }).click();
    // The built-in tenant has no identity providers: this page stands for that of GitHub.
    await page.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/direct/social/github');
    await person(page, 'alice').click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'Hello Alice Example');
  });

  visit('a user who is signed in at Logto signs in as somebody else', async (page, context) => {
    await signIn(page, 'alice', '/profile');
    await page.getByRole('link', { name: 'Sign in as somebody else' }).click();
    await signInPage(page);
    await person(page, 'carol').click();
    await expectUrl(page, at('/'));
    await expectHeading(page, /^Hello Carol/);
    assert.equal((await whoIs(context)).claims.username, 'carol');
  });

  visit('the page of a customer says when the session ends', async (page, context) => {
    await signIn(page, 'alice', '/customer');
    await page.getByText(/^Without a visit, your session ends in 2[34] hours\. \d+ of your sessions ended elsewhere\.$/).waitFor();
    await context.clearCookies({ name: OURS });
    // The next of its requests, which it sends once a minute.
    await page.evaluate(() => tell());
    await page.getByText('Your session has ended.').waitFor();
  });
});

describe('the shop beyond its guards', () => {
  visit('a page for everybody recognizes who is signed in at Logto, in one round', async (page, context) => {
    const hops = hopsOf(page);
    await page.goto(at('/welcome'));
    await expectUrl(page, at('/welcome'));
    await expectHeading(page, 'A small shop behind a big lock');
    assert.ok(hops.some((hop) => hop.includes('silent=true')), hops.join('\n'));
    const before = hops.length;
    await page.goto(at('/welcome'));
    assert.deepEqual(hops.slice(before), [`200 ${at('/welcome')}`], 'no second round');

    await signIn(page, 'alice');
    await context.clearCookies({ name: OURS });
    assert.equal((await whoIs(context)).isAuthenticated, false);
    await page.goto(at('/welcome'));
    await expectUrl(page, at('/welcome'));
    await expectHeading(page, 'Hello Alice Example');
  });

  visit('a hook refuses a user in words, and another user can sign in', { mayComplain: /403/ }, async (page, context) => {
    await page.goto(at('/logto/sign-in'));
    await signInPage(page);
    await person(page, 'mallory').click();
    await expectHeading(page, 'Access is denied');
    await page.getByText('The shop no longer sells to you.').waitFor();
    await shot(page, 'denied');
    assert.equal((await whoIs(context)).isAuthenticated, false);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await signIn(page, 'alice');
    await page.goto(at('/customer'));
    await expectHeading(page, /^Customer number \d+$/);
    await page.getByRole('button', { name: /^Leave the shop/ }).click();
    await expectUrl(page, at('/goodbye'));
    assert.equal((await whoIs(context)).isAuthenticated, false);
  });

  visit('a receipt is missing for everybody but its owner', { mayComplain: /404/ }, async (page, context) => {
    await signIn(page, 'alice');
    const headers = { 'sec-fetch-site': 'same-origin', origin: shop.address };
    const bought = await context.request.post(at('/receipts'), { headers });
    assert.equal(bought.status(), 201);
    const { id } = await bought.json();
    assert.equal((await page.goto(at(`/receipts/${id}`))).status(), 200);
    await page.goto(at('/'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await signIn(page, 'bob');
    assert.equal((await page.goto(at(`/receipts/${id}`))).status(), 404);
    await expectHeading(page, 'There is no such page');
  });

  visit('a whole mount with its files is closed to those who may not enter', { mayComplain: /403/ }, async (page) => {
    await signIn(page, 'bob');
    for (const path of ['/back-office', '/back-office/manual/']) {
      assert.equal((await page.goto(at(path))).status(), 403, path);
      await page.getByText('delete:orders').first().waitFor();
    }
    await page.goto(at('/'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await signIn(page, 'alice');
    for (const path of ['/back-office', '/back-office/manual/']) {
      assert.equal((await page.goto(at(path))).status(), 200, path);
    }
  });
});

describe('what each person may do', () => {
  visit('alice: every button works', async (page) => {
    await signIn(page, 'alice');
    for (const [label, status, section] of [
      ['Who am I?', 200],
      ['List the orders', 200],
      ['Place an order', 201],
      ['Call another service', 200],
      ['Ask a partner', 200],
      ['See the members', 200, 'Organization Acme'],
      ['Invite somebody', 201, 'Organization Acme'],
      ['List its orders', 200, 'Organization Acme'],
      ['Buy a gift box', 201],
      ['Enter the back office', 200],
    ]) {
      const response = await press(page, label, section);
      assert.equal(response.status(), status, label);
      await expectHeading(page, new RegExp(`^${status} `));
      if (label === 'List the orders') await shot(page, 'answer-orders');
      await page.getByRole('link', { name: 'Back to the shop' }).click();
      await expectUrl(page, at('/'));
    }
    const whoami = await page.request.get(at('/api/whoami'), { headers: { accept: 'application/json' } });
    assert.equal((await whoami.json()).kind, 'user');
    const about = await press(page, 'Ask Logto about me');
    assert.equal(about.status(), 200);
    assert.match(await page.locator('body').innerText(), /alice@example\.com/);
    await shot(page, 'answer-userinfo');
  });

  visit('alice deletes an order, and sees that it is gone', async (page) => {
    await signIn(page, 'alice');
    const response = await press(page, 'Delete order 1');
    assert.ok([200, 204, 303].includes(response.status()), `status ${response.status()}`);
    await page.goto(at('/api/orders'));
    const orders = JSON.parse(await page.locator('pre').innerText());
    assert.ok(!orders.some(({ id }) => id === 1) && orders.some(({ id }) => id === 2));
  });

  visit('bob: refusals are pages that name the missing scope', async (page) => {
    await signIn(page, 'bob');
    await expectHeading(page, /^Hello bob/);
    await page.getByText('You are not a member of any.').waitFor();
    assert.equal((await press(page, 'Who am I?')).status(), 200);
    for (const [label, scope] of [
      ['List the orders', 'read:orders'],
      ['Place an order', 'write:orders'],
      ['Delete order 1', 'delete:orders'],
    ]) {
      assert.equal((await press(page, label)).status(), 403, label);
      await expectHeading(page, 'A permission is missing');
      await page.getByText(scope).waitFor();
      if (label === 'List the orders') await shot(page, 'refused-403');
      await page.getByRole('link', { name: 'Go to the start page' }).click();
      await expectUrl(page, at('/'));
    }
    assert.equal((await press(page, 'Call another service')).status(), 200);
    await page.getByText('insufficient_scope').waitFor();
    assert.equal((await press(page, 'Ask Logto about me')).status(), 200);
    for (const path of [`/orgs/${ACME}/members`, `/orgs/${ACME}/orders`]) {
      const response = await page.goto(at(path));
      assert.equal(response.status(), 403, path);
      await expectHeading(page, 'Not a member of the organization');
    }
  });

  visit('carol: two organizations by name, each with what her role there allows', async (page) => {
    await signIn(page, 'carol');
    await expectHeading(page, 'Hello Carol Ünïcode 😀');
    await page.getByRole('heading', { name: 'Organization Acme' }).waitFor();
    await page.getByRole('heading', { name: 'Organization Globex' }).waitFor();
    await shot(page, 'home-carol');
    for (const organization of ['Acme', 'Globex']) {
      for (const [label, status] of [
        ['See the members', 200],
        ['Invite somebody', 201],
        ['List its orders', 200],
      ]) {
        const response = await press(page, label, `Organization ${organization}`);
        assert.equal(response.status(), status, `${label} of ${organization}`);
        const id = organization === 'Acme' ? ACME : GLOBEX;
        assert.match(await page.locator('pre').innerText(), new RegExp(id));
      }
    }
    for (const [label, scope] of [
      ['Place an order', 'write:orders'],
      ['Delete order 1', 'delete:orders'],
    ]) {
      assert.equal((await press(page, label)).status(), 403, label);
      await page.getByText(scope).waitFor();
    }
  });
});

describe('tabs and the Back button', () => {
  visit('two tabs that begin and finish in reverse order both arrive', async (first, context) => {
    const second = await context.newPage();
    await first.goto(at('/profile'));
    await signInPage(first);
    await second.goto(at('/api/whoami'));
    await signInPage(second);
    await person(second, 'alice').click();
    await expectUrl(second, at('/api/whoami'));
    await person(first, 'alice').click();
    await expectUrl(first, at('/profile'));
    await expectHeading(first, 'Your profile');
  });

  visit('the callback opened again after sign-in does no harm', async (page, context) => {
    const callbacks = [];
    page.on('request', (request) => {
      if (request.url().startsWith(at('/logto/callback'))) callbacks.push(request.url());
    });
    await signIn(page, 'alice', '/profile');
    const [callback] = callbacks;
    assert.ok(callback);
    const { session: ends, ...before } = await whoIs(context);
    await page.goto(callback);
    await expectUrl(page, at('/'));
    await expectHeading(page, 'Hello Alice Example');
    await page.goto(at('/logto/callback'));
    await expectUrl(page, at('/'));
    const { session: endsNow, ...after } = await whoIs(context);
    assert.deepEqual(after, before);
    // The same session: its seconds run down, and a new one would begin anew.
    assert.ok(endsNow.absoluteExpiresIn <= ends.absoluteExpiresIn && endsNow.absoluteExpiresIn > 0);
    assert.equal((await press(page, 'List the orders')).status(), 200, 'the grant is still alive');
  });

  visit('Back to the tenant after sign-in, and choosing again, does no harm', async (page, context) => {
    await page.goto(at('/'));
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await signInPage(page);
    await person(page, 'alice').click();
    await expectUrl(page, at('/'));
    await page.goBack();
    await page.waitForURL((url) => url.origin === shop.tenant);
    // From the back-forward cache it is the old form, else the tenant's word that there is nothing to do.
    if (await person(page, 'alice').isVisible()) await person(page, 'alice').click();
    await page.waitForLoadState();
    assert.equal((await whoIs(context)).isAuthenticated, true);
    await page.goto(at('/profile'));
    await expectHeading(page, 'Your profile');
  });

  visit('Back after signing out shows nothing of the person', async (page) => {
    await signIn(page, 'alice', '/profile');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await page.goBack();
    await page.waitForLoadState();
    await page.waitForFunction(() => document.readyState === 'complete');
    assert.doesNotMatch(await page.locator('body').innerText(), /alice@example\.com/);
  });

  visit('a double click on a person signs in once', async (page, context) => {
    await page.goto(at('/profile'));
    await signInPage(page);
    await person(page, 'alice').dblclick();
    await expectUrl(page, at('/profile'));
    assert.equal((await whoIs(context)).isAuthenticated, true);
  });
});

describe('cookies', () => {
  visit('the session is HttpOnly, Lax, for the whole site, and out of reach of scripts', async (page, context) => {
    await signIn(page, 'alice');
    const cookies = await cookiesNamed(context, SESSION);
    assert.ok(cookies.length > 0);
    for (const { name, httpOnly, sameSite, path, domain, expires, value } of cookies) {
      assert.deepEqual({ httpOnly, sameSite, path, domain }, { httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' }, name);
      assert.ok(expires > Date.now() / 1000, 'it survives the window');
      assert.ok(!value.includes('alice') && value.length < 4096);
    }
    const readable = await page.evaluate(() => document.cookie);
    for (const { name } of cookies) assert.ok(!readable.includes(name));
    assert.deepEqual(await cookiesNamed(context, /^logto_.*_sign_in_/), [], 'a finished sign-in leaves no cookie behind');
  });

  visit('cleared in the middle of a sign-in: a page says so, and the next try works', async (page, context) => {
    await page.goto(at('/profile'));
    await signInPage(page);
    assert.equal((await cookiesNamed(context, OURS)).length, 1, 'the attempt is kept in a cookie');
    await context.clearCookies({ name: OURS });
    const hops = hopsOf(page);
    await person(page, 'alice').click();
    await expectHeading(page, 'This sign-in cannot be completed');
    assert.ok(hops.length <= MOST_HOPS, hops.join('\n'));
    await page.getByText('cookies are disabled').waitFor();
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'Hello Alice Example');
  });

  visit('cleared after sign-in: the next guarded page signs in again by itself', async (page, context) => {
    await signIn(page, 'alice', '/profile');
    await context.clearCookies({ name: OURS });
    await page.goto(at('/profile'));
    await expectUrl(page, at('/profile'));
    await expectHeading(page, 'Your profile');
  });

  const blocked = (name, keeps, expectation) =>
    test(name, async (t) => {
      const proxy = await startCookieProxy((host, cookie) => host !== new URL(shop.address).host || keeps(cookie));
      t.after(() => proxy.stop());
      const { context, complaints } = await profile(browser, { proxy: { server: proxy.address, bypass: '<-loopback>' } });
      t.after(() => context.close());
      const page = await context.newPage();
      await page.goto(at('/profile'));
      await signInPage(page);
      const first = hopsOf(page);
      await person(page, 'alice').click();
      await expectHeading(page, expectation);
      assert.ok(first.length <= MOST_HOPS, first.join('\n'));
      await page.getByText(/cookies/i).first().waitFor();
      // The tenant knows the person now, so nothing stops a loop any more but the shop.
      const second = hopsOf(page);
      await page.goto(at('/profile'));
      await expectHeading(page, expectation);
      assert.ok(second.length <= MOST_HOPS, second.join('\n'));
      assert.deepEqual(complaints, []);
    });

  blocked('all of the shop’s are blocked: no loop, and a page says what is wrong', () => false, 'This sign-in cannot be completed');
  blocked(
    'the session’s alone is lost: no loop, and a page says what is wrong',
    (cookie) => !SESSION.test(cookie.split('=')[0]),
    'Your browser did not keep the session',
  );
});

describe('several hosts with one session', () => {
  /** The shop at `shop.localhost`, with cookies for this host alone or for its whole domain. */
  async function shopAt(t, cookie) {
    const port = await freePort();
    const settings = { ROCKET_LOGTO: `{public_url="http://shop.localhost:${port}"${cookie}}` };
    const running = await startShop({ port, settings });
    t.after(async () => assert.equal(await running.stop(), 0, 'the storefront stops in order'));
    return running;
  }

  for (const [name, cookie, isShared] of [
    ['with cookie.domain a session is one of the sibling host too', ',cookie={domain="shop.localhost"}', true],
    ['without it a session is of its host alone', '', false],
  ]) {
    test(name, async (t) => {
      const running = await shopAt(t, cookie);
      const { context, complaints } = await profile(browser);
      t.after(() => context.close());
      const page = await context.newPage();
      await page.goto(`${running.address}/profile`);
      await page.waitForURL((url) => url.origin === running.tenant && url.pathname === '/sign-in');
      await person(page, 'alice').click();
      await page.waitForURL(`${running.address}/profile`);
      const sessions = (await context.cookies(running.address)).filter(({ name }) => SESSION.test(name));
      assert.ok(sessions.length > 0);
      for (const { domain } of sessions) assert.equal(domain, isShared ? '.shop.localhost' : 'shop.localhost');

      const sibling = `http://account.shop.localhost:${running.port}`;
      await page.goto(`${sibling}/`);
      await expectHeading(page, isShared ? 'Hello Alice Example' : 'A small shop behind a big lock');
      assert.deepEqual(complaints, []);
    });
  }
});

describe('other addresses and other sites', () => {
  visit('127.0.0.1 instead of localhost ends signed in at the canonical host', async (page) => {
    const other = shop.address.replace('localhost', '127.0.0.1');
    await page.goto(`${other}/`);
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await signInPage(page);
    await person(page, 'alice').click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'Hello Alice Example');
  });

  visit('a guarded page under 127.0.0.1 is arrived at under the canonical host', async (page) => {
    const hops = hopsOf(page);
    await page.goto(`${shop.address.replace('localhost', '127.0.0.1')}/profile`);
    await signInPage(page);
    assert.ok(hops.length <= MOST_HOPS, hops.join('\n'));
    await person(page, 'alice').click();
    await expectUrl(page, at('/profile'));
  });

  /** A page of another site: 127.0.0.1 is one to localhost. */
  async function elsewhere(t, html) {
    const server = http.createServer((_, answer) =>
      answer.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>elsewhere</title><link rel="icon" href="data:,">${html}`),
    );
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${server.address().port}/`;
  }

  visit('another site’s image does not sign out', { mayComplain: /ERR_BLOCKED_BY_ORB/ }, async (page, context, t) => {
    await signIn(page, 'alice');
    const there = await elsewhere(t, `<img src="${at('/logto/sign-out')}" alt="nothing">`);
    // The shop answers with a page, and the browser does not give pages to images.
    const [request] = await Promise.all([
      page.waitForEvent('requestfailed', (failed) => failed.url() === at('/logto/sign-out')),
      page.goto(there),
    ]);
    assert.equal(request.resourceType(), 'image');
    assert.equal((await whoIs(context)).isAuthenticated, true);
  });

  visit('another site’s form does not sign out', async (page, context, t) => {
    await signIn(page, 'alice');
    const there = await elsewhere(t, `<form method="post" action="${at('/logto/sign-out')}"><button>Win</button></form>`);
    await page.goto(there);
    await page.getByRole('button').click();
    await expectHeading(page, 'Do you want to sign out?');
    assert.equal((await whoIs(context)).isAuthenticated, true);
    await page.getByRole('link', { name: 'Stay signed in' }).click();
    await expectHeading(page, 'Hello Alice Example');
  });

  visit('another site’s link asks first, and its button does sign out', async (page, context, t) => {
    await signIn(page, 'alice');
    await page.goto(await elsewhere(t, `<a href="${at('/logto/sign-out')}">Away</a>`));
    await page.getByRole('link').click();
    await expectHeading(page, 'Do you want to sign out?');
    assert.equal((await whoIs(context)).isAuthenticated, true);
    await shot(page, 'sign-out-asked');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expectUrl(page, at('/'));
    await expectHeading(page, 'A small shop behind a big lock');
    assert.equal((await whoIs(context)).isAuthenticated, false);
  });

  visit('another site’s form places no order', async (page, context, t) => {
    await signIn(page, 'alice');
    const count = async () => (await (await context.request.get(at('/api/orders'))).json()).length;
    const orders = await count();
    await page.goto(await elsewhere(t, `<form method="post" action="${at('/api/orders')}"><button>Win</button></form>`));
    const answered = page.waitForResponse(at('/api/orders'));
    await page.getByRole('button').click();
    assert.ok([303, 401, 403].includes((await answered).status()));
    assert.equal(await count(), orders);
  });

  visit('a link from another site to a guarded page finds the person signed in', async (page, context, t) => {
    await signIn(page, 'alice');
    await page.goto(await elsewhere(t, `<a href="${at('/profile')}">There</a>`));
    await page.getByRole('link').click();
    await expectHeading(page, 'Your profile');
  });

  const FRAMED = /frame-ancestors|X-Frame-Options|ERR_BLOCKED_BY_(RESPONSE|CSP)/;
  visit('no other site can put the shop into a frame', { mayComplain: FRAMED }, async (page, context, t) => {
    await signIn(page, 'alice');
    const refused = page.waitForEvent('console', (message) => FRAMED.test(message.text()));
    await page.goto(await elsewhere(t, `<iframe src="${at('/profile')}"></iframe>`));
    await refused;
  });
});

describe('scripts', () => {
  visit('fetch() of a guarded route gets 401 with a challenge, not a redirect', async (page) => {
    await page.goto(at('/'));
    const answers = await page.evaluate(() =>
      Promise.all(
        ['/api/whoami', '/api/orders', '/profile', '/orgs/7wvvh86x5bl0/members'].map(async (path) => {
          const answer = await fetch(path, { redirect: 'manual' });
          return [path, answer.status, answer.type, answer.headers.get('www-authenticate'), answer.headers.get('content-type')];
        }),
      ),
    );
    for (const [path, status, type, challenge, kind] of answers) {
      assert.deepEqual([status, type], [401, 'basic'], path);
      assert.match(challenge, /^Bearer /, path);
      assert.match(kind, /^application\/problem\+json/, path);
    }
  });

  visit('fetch() with the session works, and is not stored', async (page) => {
    await signIn(page, 'alice');
    const [status, kind, stored] = await page.evaluate(async () => {
      const answer = await fetch('/api/orders', { headers: { accept: 'application/json' } });
      return [answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')];
    });
    assert.equal(status, 200);
    assert.match(kind, /^application\/json/);
    assert.equal(stored, 'no-store');
  });

  visit('many requests at once are all answered', async (page) => {
    await signIn(page, 'carol');
    const statuses = await page.evaluate(() =>
      Promise.all(
        Array.from({ length: 24 }, (_, index) =>
          fetch(['/api/orders', '/orgs/7wvvh86x5bl0/members', '/orgs/pvihkqf99smb/orders'][index % 3]).then(({ status }) => status),
        ),
      ),
    );
    assert.deepEqual([...new Set(statuses)], [200]);
    await page.reload();
    await expectHeading(page, /^Hello Carol/);
  });

  visit('/logto/user tells a page’s script who is signed in, and no token', async (page) => {
    await page.goto(at('/'));
    const ask = () => page.evaluate(() => fetch('/logto/user').then((answer) => answer.json()));
    assert.deepEqual(await ask(), { isAuthenticated: false });
    await signIn(page, 'alice');
    const known = await ask();
    assert.equal(known.claims.email, 'alice@example.com');
    assert.doesNotMatch(JSON.stringify(known), /token|eyJ/);
  });
});

describe('looks', () => {
  visit('the home page on a telephone does not scroll sideways', { viewport: { width: 390, height: 844 } }, async (page) => {
    await page.goto(at('/'));
    await shot(page, 'home-signed-out-390');
    await signIn(page, 'carol');
    await shot(page, 'home-carol-390');
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `${content} > ${window}`);
    await page.goto(at('/profile'));
    await shot(page, 'profile-390');
    const [wide, narrow] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= narrow, `${wide} > ${narrow}`);
  });

  visit('the home page in the dark', { colorScheme: 'dark' }, async (page) => {
    await page.goto(at('/'));
    await shot(page, 'home-signed-out-dark');
    await signIn(page, 'alice');
    await shot(page, 'home-alice-dark');
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.match(background, /^rgb\((\d|[1-3]\d), (\d|[1-3]\d), (\d|[1-3]\d)\)$/);
  });
});
