// The account page of the shop in a browser: the name, the sessions at Logto, and the pages of the account center.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, profile } from './browser.mjs';
import { startShop } from './shop.mjs';

const SCREENSHOTS = fileURLToPath(new URL('./screenshots/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PASSWORD = 'Alice-Pass-2026';

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
  if (shop) assert.equal(code, 0, 'the storefront stops in order');
});

const at = (path) => `${shop.address}${path}`;

/** A page of a new profile, in which alice is signed in and looks at her account. */
async function account(t, settings = {}) {
  const { context, complaints } = await profile(browser, settings);
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(at('/account'));
  await page.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/sign-in');
  await page.locator('button[name=user][value=alice]').click();
  await page.waitForURL(at('/account'));
  return { page, complaints };
}

async function showSessions(page) {
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Show the sessions' }).click();
  await page.getByText('this one').waitFor();
}

/** What axe-core finds wrong with the page. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found, incomplete } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
  return [...found, ...incomplete].map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

describe('the account', () => {
  test('a new name is saved and shown', async (t) => {
    const { page, complaints } = await account(t);
    await page.getByLabel('New name').fill('Alice <New> & Co');
    await page.getByRole('button', { name: 'Change the name' }).click();
    await page.getByText('Your name is Alice <New> & Co now.').waitFor();
    assert.equal(page.url(), at('/account'));
    await page.getByRole('cell', { name: 'Alice <New> & Co' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  test('a wrong password shows no sessions, the right one does, and one of them can be ended', async (t) => {
    const { page: elsewhere } = await account(t);
    const { page, complaints } = await account(t);
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Show the sessions' }).click();
    await page.getByText('The password is wrong.').waitFor();

    await showSessions(page);
    const entries = page.locator('li', { has: page.getByRole('button', { name: 'End' }) });
    const before = await entries.count();
    assert.ok(before >= 2, `${before} sessions`);
    const others = entries.filter({ hasNotText: 'this one' });
    while ((await others.count()) > 0) {
      await others.first().getByRole('button', { name: 'End' }).click();
      await page.getByText('The session has ended.').waitFor();
    }
    assert.equal(await entries.count(), 1);
    // The other browser is signed out of the shop as well: its grant was revoked.
    await elsewhere.goto(at('/account'));
    await elsewhere.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/sign-in');
    assert.deepEqual(complaints, []);
  });

  test('the page for a new password comes back to the shop', async (t) => {
    const { page, complaints } = await account(t);
    await page.getByRole('link', { name: 'Change the password' }).click();
    await page.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/account/password');
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(at('/account'));
    assert.deepEqual(complaints, []);
  });

  test('the security settings are at Logto', async (t) => {
    const { page } = await account(t);
    await page.getByRole('link', { name: 'Security settings' }).click();
    await page.waitForURL(`${shop.tenant}/account/security`);
    await page.getByRole('heading', { level: 1, name: 'Account security' }).waitFor();
  });
});

for (const settings of [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
]) {
  test(`the account page is accessible, ${settings.colorScheme}, ${settings.viewport.width} wide`, async (t) => {
    const { page, complaints } = await account(t, settings);
    assert.deepEqual(await violations(page), []);
    await showSessions(page);
    await page.screenshot({ path: `${SCREENSHOTS}account-${settings.colorScheme}.png`, animations: 'disabled', fullPage: true });
    assert.deepEqual(await violations(page), []);
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `it does not scroll sideways: ${content} > ${window}`);
    assert.deepEqual(complaints, []);
  });
}
