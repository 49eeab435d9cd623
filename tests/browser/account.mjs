// The account page of the shop in a browser: the name, the sessions at Logto, second factors, and the pages of the account
// center.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
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

/** What an authenticator app with this secret shows now (RFC 6238): six digits, SHA-1, thirty seconds. */
function totp(secret) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE(hash.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
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

for (const settings of [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
]) {
  test(`second factors are set up and removed on accessible pages, ${settings.colorScheme}, ${settings.viewport.width} wide`, async (t) => {
    const { page, complaints } = await account(t, settings);
    const look = async (name) => {
      await page.screenshot({ path: `${SCREENSHOTS}factors-${name}-${settings.colorScheme}.png`, animations: 'disabled', fullPage: true });
      assert.deepEqual(await violations(page), [], name);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= window, `${name} does not scroll sideways: ${content} > ${window}`);
    };
    const press = (name) => page.getByRole('button', { name }).click();
    await page.getByRole('link', { name: 'Set up second factors' }).click();
    await page.waitForURL(at('/account/factors'));
    await page.getByText('Nothing yet.').waitFor();
    await look('locked');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press('Confirm the password');
    await press('Set up an authenticator app');

    await page.waitForURL(at('/account/factors/authenticator-app'));
    const secret = await page.locator('#secret').innerText();
    const link = new URL(await page.getByRole('link', { name: 'Open in the app on this device' }).getAttribute('href'));
    assert.deepEqual([link.protocol, link.searchParams.get('secret'), link.searchParams.get('issuer')], ['otpauth:', secret, 'Teahouse']);
    // In a dark page too, its border is light and wide enough to be read.
    const code = page.getByRole('img', { name: /^The QR code of the secret/ });
    const box = await code.boundingBox();
    assert.ok(box.width >= 200 && Math.abs(box.width - box.height) < 1, `${box.width} x ${box.height}`);
    await look('app');
    await page.getByLabel('Code', { exact: true }).fill('12345');
    await press('Confirm the code');
    await page.getByText('The code is wrong.').waitFor();
    assert.equal(await page.locator('#secret').innerText(), secret);
    await page.getByLabel('Code', { exact: true }).fill(totp(secret));
    await press('Confirm the code');
    await page.getByText('The authenticator app is set up.').waitFor();

    await press('Make backup codes');
    await page.getByRole('heading', { level: 1, name: 'Your backup codes' }).waitFor();
    const codes = await page.locator('.codes code').allInnerTexts();
    assert.equal(new Set(codes).size, 10);
    await look('codes');
    await press('I have written them down');
    await page.getByText('The backup codes are set up.').waitFor();
    await page.getByText('10 left, none used').waitFor();
    const shown = await page.content();
    for (const secretText of [secret, ...codes]) assert.ok(!shown.includes(secretText) && !shop.log().includes(secretText));
    await look('list');

    for (const what of ['Remove the authenticator app', 'Remove the backup codes']) {
      await press(what);
      await page.getByRole('button', { name: what }).waitFor({ state: 'detached' });
      await page.getByText('The factor is removed.').waitFor();
    }
    await page.getByText('Nothing yet.').waitFor();
    assert.deepEqual(complaints, []);
  });
}
