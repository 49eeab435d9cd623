// What kinds of requests a real browser makes of links, rules, workers and scripts, and what becomes of them.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { launch, profile } from './browser.mjs';
import { startRecordingProxy } from './proxy.mjs';
import { startShop } from './shop.mjs';

let shop;
let browser;

before(async () => {
  browser = await launch();
  shop = await startShop();
});

after(async () => {
  await browser?.close();
  const code = await shop?.stop();
  if (shop) assert.equal(code, 0, 'the storefront stops in order');
});

const at = (path) => `${shop.address}${path}`;
const PASS_ON = "self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));\
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));";

/** A case with a profile of its own, whose requests are written down on their way. */
function visit(name, run, options = {}) {
  test(name, async (t) => {
    const proxy = await startRecordingProxy({ '/sw.js': ['text/javascript', PASS_ON] });
    t.after(() => proxy.stop());
    const { context } = await profile(browser, { proxy: { server: proxy.address, bypass: '<-loopback>' }, ...options });
    t.after(() => context.close());
    await run(await context.newPage(), context, proxy, t);
  });
}

async function signInPage(page) {
  await page.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/sign-in');
  await page.locator('button[name=user][value=alice]').waitFor();
}

async function signIn(page, path = '/') {
  await page.goto(at(path === '/' ? '/logto/sign-in' : path));
  await signInPage(page);
  await page.locator('button[name=user][value=alice]').click();
  await page.waitForURL(at(path));
}

/** Asked past the proxy, with the cookies that the browser has. */
async function isSignedIn(context) {
  const cookies = (await context.cookies(shop.address)).map(({ name, value }) => `${name}=${value}`);
  const answer = await fetch(at('/logto/user'), { headers: { cookie: cookies.join('; ') } });
  return (await answer.json()).isAuthenticated;
}

/** Puts a link on the page. */
const addLink = (page, path) =>
  page.evaluate((href) => {
    const link = Object.assign(document.createElement('a'), { href, textContent: 'the link', id: 'link' });
    document.querySelector('main').prepend(link);
  }, path);

describe('requests ahead of a click', () => {
  for (const kind of ['prefetch', 'prerender']) {
    for (const eagerness of ['immediate', 'eager', 'moderate']) {
      for (const path of ['/logto/sign-in', '/logto/sign-up', '/profile']) {
        visit(`field_13 ${kind}, ${eagerness}, of ${path}: nothing is kept, and the click works`, async (page, context, proxy) => {
          await page.goto(at('/'));
          await addLink(page, path);
          await page.evaluate(
            ([kind, eagerness, path]) => {
              const rules = Object.assign(document.createElement('script'), {
                type: 'speculationrules',
                textContent: JSON.stringify({ [kind]: [{ source: 'document', where: { href_matches: path }, eagerness }] }),
              });
              document.head.append(rules);
            },
            [kind, eagerness, path],
          );
          await page.locator('#link').hover();
          const ahead = await proxy.seen((request) => request.path === path && /prefetch/.test(request.headers['sec-purpose'] ?? ''));
          assert.equal(ahead.status, 503);
          assert.deepEqual(await context.cookies(shop.address), [], 'no sign-in has begun');
          await page.locator('#link').click();
          await page.waitForURL((url) => url.origin === shop.tenant);
        });
      }
    }
  }

  visit('field_14 neither hovering nor any part of a page signs out', async (page, context, proxy) => {
    await signIn(page);
    await page.evaluate(() => {
      const add = (name, properties) => document.body.append(Object.assign(document.createElement(name), properties));
      add('img', { src: '/logto/sign-out?as=image' });
      add('iframe', { src: '/logto/sign-out?as=frame' });
      add('object', { data: '/logto/sign-out?as=object' });
      add('script', { src: '/logto/sign-out?as=script' });
      add('link', { rel: 'stylesheet', href: '/logto/sign-out?as=style' });
      add('link', { rel: 'prefetch', href: '/logto/sign-out?as=prefetch' });
      fetch('/logto/sign-out?as=fetch', { headers: { accept: 'text/html' } });
      add('script', {
        type: 'speculationrules',
        textContent: JSON.stringify({ prefetch: [{ urls: ['/logto/sign-out?as=rule'], eagerness: 'immediate' }] }),
      });
    });
    for (const as of ['image', 'frame', 'object', 'script', 'style', 'prefetch', 'fetch', 'rule']) {
      const { status } = await proxy.seen((request) => request.path === `/logto/sign-out?as=${as}`);
      assert.ok([403, 503].includes(status), `${as}: ${status}`);
    }
    assert.equal(await isSignedIn(context), true);
    await addLink(page, '/logto/sign-out');
    await page.locator('#link').click();
    await page.getByRole('heading', { name: 'A small shop behind a big lock' }).waitFor();
    assert.equal(await isSignedIn(context), false);
  });
});

describe('embedded browsers and service workers', () => {
  visit('field_12 an Android WebView signs in', async (page) => signIn(page, '/profile'), {
    extraHTTPHeaders: { 'x-requested-with': 'com.some.app' },
  });

  /** A browser in which a worker of the shop passes every request on. */
  async function behindWorker(page) {
    await page.goto(at('/'));
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('/sw.js');
      await navigator.serviceWorker.ready;
      while (!navigator.serviceWorker.controller) {
        await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
      }
    });
  }

  visit('field_12 behind a service worker one signs in, and out by a link', async (page, context, proxy) => {
    await behindWorker(page);
    await signIn(page, '/profile');
    const passed = await proxy.seen((request) => request.path === '/profile');
    assert.deepEqual([passed.headers['sec-fetch-mode'], passed.headers['sec-fetch-dest']], ['navigate', 'empty']);
    await page.goto(at('/'));
    await addLink(page, '/logto/sign-out');
    await page.locator('#link').click();
    await page.getByRole('heading', { name: 'A small shop behind a big lock' }).waitFor();
    assert.equal(await isSignedIn(context), false);
  });

  visit('field_14 behind a service worker another site’s link still signs nobody out', async (page, context, proxy, t) => {
    await behindWorker(page);
    await signIn(page);
    const server = http.createServer((_, answer) =>
      answer
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<!doctype html><title>elsewhere</title><link rel="icon" href="data:,"><a href="${at('/logto/sign-out')}">Away</a>`),
    );
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.getByRole('link').click();
    await page.getByRole('heading', { name: 'Do you want to sign out?' }).waitFor();
    const passed = await proxy.seen((request) => request.path === '/logto/sign-out');
    assert.equal(passed.headers['sec-fetch-dest'], 'empty');
    assert.equal(await isSignedIn(context), true);
  });
});

describe('scripts and forms', () => {
  visit('field_15 a script signs out here and at Logto', async (page, context) => {
    await signIn(page);
    await page.evaluate(async () => {
      const answer = await fetch('/logto/sign-out', { method: 'POST' });
      location.assign((await answer.json()).location);
    });
    await page.getByRole('heading', { name: 'A small shop behind a big lock' }).waitFor();
    assert.equal(await isSignedIn(context), false);
    // The next person at this computer is asked who they are.
    await page.goto(at('/profile'));
    await signInPage(page);
  });

  visit('field_24 a form that comes too late leads back to its page, which says so', async (page, context) => {
    await signIn(page);
    await context.clearCookies({ name: /^logto_/ });
    await page.getByRole('button', { name: 'Place an order' }).click();
    await page.waitForURL(at('/'));
    await page.getByRole('status').getByText('was not saved').waitFor();
    await page.reload();
    assert.equal(await page.getByRole('status').count(), 0, 'it is said once');
  });
});
