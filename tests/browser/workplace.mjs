// The organization switch of the storefront, as somebody uses it who may do more in one organization than in the other.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, profile } from './browser.mjs';
import { startShop } from './shop.mjs';

const SCREENSHOTS = fileURLToPath(new URL('./screenshots/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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
const heading = (page, text) => page.getByRole('heading', { level: 1, name: text }).waitFor();
const button = (page, name) => page.getByRole('button', { name });

/** What axe-core finds wrong with the page. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found, incomplete } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
  return [...found, ...incomplete].map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

for (const { name, ...settings } of [
  { name: 'wide', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'narrow and dark', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
]) {
  test(`somebody in two organizations works in one, on a screen that is ${name}`, async (t) => {
    const { context, complaints } = await profile(browser, { locale: 'en-GB', ...settings });
    t.after(() => context.close());
    const page = await context.newPage();
    const look = async (what) => {
      await page.screenshot({ path: `${SCREENSHOTS}workplace-${what}-${name.replaceAll(' ', '-')}.png`, animations: 'disabled', fullPage: true });
      assert.deepEqual(await violations(page), [], what);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= window, `${what} does not scroll sideways: ${content} > ${window}`);
    };

    await page.goto(at('/workplace'));
    await page.waitForURL((url) => url.origin === shop.tenant && url.pathname === '/sign-in');
    await page.locator('button[name=user][value=frank]').click();
    await page.waitForURL(at('/workplace'));
    await heading(page, 'Where do you work?');
    await look('choice');

    await button(page, 'Work in Acme').click();
    await heading(page, 'You work in Acme');
    assert.ok(await button(page, 'Pay the bill').isEnabled());
    await look('acme');
    await button(page, 'Pay the bill').click();
    await page.getByText('"paid": true').waitFor();

    await page.goto(at('/workplace'));
    await button(page, 'Work in Globex').click();
    await heading(page, 'You work in Globex');
    await look('globex');
    const off = button(page, 'Pay the bill');
    assert.ok(await off.isDisabled());
    // What a screen reader says of it.
    const described = await off.evaluate((node) => document.getElementById(node.getAttribute('aria-describedby')).textContent);
    assert.equal(described, 'This needs manage:billing, which your role in Globex does not have: member. Your role in Acme: admin.');
    assert.ok(await button(page, 'Invite somebody').isEnabled());

    // A page of an earlier choice, open in another tab, is refused by the route, which says why.
    const [response] = await Promise.all([
      page.waitForResponse(at('/workplace/bill')),
      off.evaluate((node) => {
        const form = document.createElement('form');
        form.method = 'post';
        form.action = '/workplace/bill';
        node.after(form);
        form.submit();
      }),
    ]);
    assert.equal(response.status(), 403);
    await heading(page, 'A permission is missing');
    await page.getByText('manage:billing').waitFor();
    await look('refused');
    await page.getByRole('link', { name: 'Choose the organization' }).click();
    await heading(page, 'You work in Globex');
    assert.deepEqual(complaints, [], 'no errors and no policy violations');
  });
}
