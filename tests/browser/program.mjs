// `logto-dev` as a program: its pages in a browser, by keyboard and without script, and the application of its README.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, profile } from './browser.mjs';
import { freePort } from './shop.mjs';

const SCREENSHOTS = fileURLToPath(new URL('./screenshots/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PROGRAM = fileURLToPath(new URL('../../target/debug/logto-dev', import.meta.url));
const APPLICATION = fileURLToPath(new URL('../../target/debug/examples/own_tenant', import.meta.url));
const EXAMPLE = readFileSync(new URL('../../logto-dev/src/bin/logto-dev/example.toml', import.meta.url), 'utf8');
const API = 'https://shopping.your-app.com/api';
const PATIENCE = 20_000;

/** Starts a program and waits until it has written what `begun` matches. */
async function start(binary, words, settings, begun) {
  if (!existsSync(binary)) throw new Error(`no program at ${binary}: run "cargo test -p logto-dev --no-run"`);
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('ROCKET_'));
  const env = { ...Object.fromEntries(inherited), ...settings };
  // The standard input ends with this process.
  const child = spawn(binary, words, { cwd: tmpdir(), env, stdio: ['pipe', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let log = '';
  const readers = new Set();
  const take = (text) => {
    log += text;
    for (const reader of readers) reader();
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const gone = new Promise((resolve) => child.once('close', resolve));
  const written = (pattern) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${pattern} is not in:\n${log}`)), PATIENCE);
      const look = () => {
        const found = pattern.exec(log);
        if (!found) return;
        clearTimeout(late);
        readers.delete(look);
        resolve(found);
      };
      readers.add(look);
      look();
      gone.then((code) => reject(new Error(`${binary} ended with ${code}:\n${log}`)));
    });
  try {
    await written(begun);
  } catch (error) {
    kill();
    throw error;
  }
  return {
    written,
    async stop() {
      process.off('exit', kill);
      child.kill('SIGTERM');
      const late = setTimeout(kill, 8_000);
      const code = await gone;
      clearTimeout(late);
      return code;
    },
  };
}

let browser;
let directory;
let file;
let tenant;
let endpoint;
let application;
let home;

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launch();
  directory = mkdtempSync(join(tmpdir(), 'logto-dev-'));
  file = join(directory, 'tenant.toml');
  const hook = '\n[[webhook]]\nurl = "http://localhost:8000/logto/webhook"\nsigning_key = "the signing key of the webhook"\n';
  const logouts = 'secret = "change-me"\nbackchannel_logout_uri = "http://localhost:8000/logto/backchannel-logout"\n';
  const described = EXAMPLE.replace('secret = "change-me"\n', logouts) + hook;
  writeFileSync(file, described);
  tenant = await start(PROGRAM, ['--port', '0', '--until-stdin-closes', file], {}, /ROCKET_LOGTO='(.*)}'\n/);
  const [, settings] = await tenant.written(/ROCKET_LOGTO='(.*)}'\n/);
  [, endpoint] = await tenant.written(/The tenant is at (http:\S+)\. /);
  const more = `${settings},resources=["${API}"],backchannel_logout=true,session_store="memory",webhook_signing_keys=["the signing key of the webhook"]}`;
  for (let left = 5; !application; left -= 1) {
    const port = await freePort();
    home = `http://localhost:${port}`;
    try {
      application = await start(APPLICATION, [], { ROCKET_PORT: String(port), ROCKET_CLI_COLORS: 'false', ROCKET_LOGTO: more }, /Rocket has launched from/);
    } catch (error) {
      // Somebody else has got the port.
      if (left === 0 || !/in use/.test(error.message)) throw error;
    }
  }
  writeFileSync(`${file}.new`, described.replaceAll('http://localhost:8000', home));
  renameSync(`${file}.new`, file);
  await tenant.written(/has changed and was applied/);
});

after(async () => {
  await browser?.close();
  const ended = [await application?.stop(), await tenant?.stop()];
  if (directory) rmSync(directory, { recursive: true });
  if (tenant && application) assert.deepEqual(ended, [0, 0], 'both stop in order');
});

const at = (path) => `${endpoint}${path}`;
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

async function visit(t, settings = {}) {
  const { context, complaints } = await profile(browser, settings);
  t.after(() => context.close());
  return { page: await context.newPage(), complaints };
}

/** What axe-core finds wrong with the page. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found, incomplete } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
  return [...found, ...incomplete].map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** Follows a link by keyboard to the user of this name. */
async function person(page, name) {
  await page.goto(at('/dev/people'));
  await page.getByRole('link', { name }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 2, name }).waitFor();
}

/** Presses a button by keyboard and waits for the page that says what was done. */
async function press(page, name, exact = true) {
  const button = page.getByRole('button', { name, exact });
  await button.focus();
  const before = page.url();
  const isNew = (url) => url.href !== before && /result=[^&]+#result$/.test(url.href);
  await Promise.all([page.waitForURL(isNew), page.keyboard.press('Enter')]);
  return page.getByRole('region', { name: 'Result' });
}

async function signIn(page, user) {
  await page.goto(`${home}/profile`);
  await page.waitForURL((url) => url.origin === endpoint && url.pathname === '/sign-in');
  await page.locator(`button[name=user][value=${user}]`).click();
  await page.waitForURL(`${home}/profile`);
  return page.locator('body').textContent();
}

const READERS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 320, height: 640 } },
  { name: 'narrow and dark', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
];

const PAGES = [
  { path: '/dev/', title: 'Tenant' },
  { path: '/dev/people', title: 'Users' },
  { path: '/dev/tokens', title: 'Tokens' },
  { path: '/dev/keys', title: 'Signing keys' },
  { path: '/dev/messages', title: 'Logouts and webhooks' },
  { path: '/dev/faults', title: 'Faults' },
  { path: '/dev/requests', title: 'Requests' },
];

for (const { name: reader, ...settings } of READERS) {
  describe(`the pages are accessible, ${reader}`, () => {
    const look = async (page, name, complaints) => {
      await page.screenshot({ path: `${SCREENSHOTS}program-${name}-${reader}.png`.replaceAll(' ', '-'), animations: 'disabled', fullPage: true });
      assert.deepEqual(await violations(page), []);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= window, `it does not scroll sideways: ${content} > ${window}`);
      const [red] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
      assert.equal(red < 64, settings.colorScheme === 'dark', `the background is ${red}`);
      assert.deepEqual(complaints, [], 'no errors and no policy violations');
    };

    for (const { path, title } of PAGES) {
      test(title, async (t) => {
        const { page, complaints } = await visit(t, settings);
        if (path === '/dev/requests') {
          // Without those of the tests before: opened, they are a page that no screen has room for.
          await page.goto(at(path));
          await press(page, 'Remove all requests');
          await signIn(page, 'alice');
        }
        const response = await page.goto(at(path));
        assert.equal(response.status(), 200);
        await heading(page, title);
        assert.equal(await page.getAttribute('html', 'lang'), 'en');
        for (const summary of (await page.locator('summary').all()).slice(0, 4)) await summary.click();
        await look(page, title, complaints);
      });
    }

    test('a person, a token, a response and a problem', async (t) => {
      const { page, complaints } = await visit(t, settings);
      await person(page, 'Alice Example');
      await look(page, 'person', complaints);
      await page.getByLabel('A JSON object').fill('{plan: gold}');
      await page.getByRole('button', { name: 'Save custom data' }).click();
      await page.getByRole('alert').waitFor();
      assert.equal(await page.title(), 'Problem: Users - logto-dev');
      assert.equal(await page.getByLabel('A JSON object').inputValue(), '{plan: gold}');
      await look(page, 'problem', complaints);
      await page.goto(at('/dev/tokens'));
      await page.getByLabel('API resource').selectOption(API);
      await press(page, 'Issue token');
      await look(page, 'token', complaints);
      await page.goto(at('/dev/messages'));
      await press(page, 'Send webhook');
      await look(page, 'response', complaints);
    });
  });
}

test('the application of the README signs people in', async (t) => {
  const { page, complaints } = await visit(t);
  assert.equal(await signIn(page, 'bob'), 'You are signed in as Bob Example');
  await page.goto(`${home}/orders`);
  assert.match(await page.locator('body').textContent(), /^The orders of \w+$/);
  assert.deepEqual(complaints, []);
});

test('everything works by keyboard and without script', async (t) => {
  const { page, complaints } = await visit(t, { javaScriptEnabled: false });
  await page.goto(at('/dev/'));
  // The first stop of the keyboard leads past the navigation.
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  assert.ok(await skip.evaluate((link) => link === document.activeElement && link.getBoundingClientRect().left >= 0));
  assert.notEqual(await skip.evaluate((link) => getComputedStyle(link).outlineStyle), 'none', 'the focus is visible');
  await page.keyboard.press('Enter');
  await page.waitForURL(at('/dev/#main'));
  assert.ok(await page.locator('main').evaluate((main) => main === document.activeElement));

  await page.goto(at('/dev/tokens'));
  await page.getByLabel('API resource').focus();
  await page.keyboard.press('ArrowDown');
  const issued = await press(page, 'Issue token');
  assert.match(await issued.textContent(), /A token for Alice Example, for https:\/\/shopping/);
  const token = await page.locator('#token').textContent();
  const orders = await fetch(`${home}/orders`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(orders.status, 200);

  await person(page, 'Bob Example');
  await page.getByLabel('Name', { exact: true }).focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('Robert Example');
  await press(page, 'Save name and addresses');
  await person(page, 'Robert Example');
  assert.match(await (await press(page, 'Suspend')).textContent(), /Robert Example is suspended/);
  assert.match(await (await press(page, 'Reactivate')).textContent(), /can sign in again/);

  await page.goto(at('/dev/keys'));
  assert.match(await (await press(page, 'Rotate to a new EC key')).textContent(), /signs with the new key/);

  await page.goto(at('/dev/faults'));
  await page.getByLabel('Endpoint').focus();
  await page.keyboard.type('userinfo');
  await press(page, 'Switch on');
  assert.equal((await fetch(at('/oidc/me'))).status, 503);
  await press(page, /^Switch off: userinfo/, false);
  assert.equal((await fetch(at('/oidc/me'))).status, 401);

  await page.goto(at('/dev/requests'));
  await page.locator('summary').first().focus();
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('details').first().evaluate((details) => details.open));
  assert.deepEqual(complaints, []);
});

test('a logout of the page signs a person out, and a change of the file is in effect', async (t) => {
  const { page } = await visit(t);
  await signIn(page, 'alice');
  const pages = await page.context().newPage();
  await pages.goto(at('/dev/messages'));
  const posted = await press(pages, 'Send logout token');
  assert.match(await posted.textContent(), /responded with status 20\d/);
  await page.goto(`${home}/`);
  assert.match(await page.locator('body').textContent(), /whoever you are/);

  const changed = readFileSync(file, 'utf8').replace('Alice Example', 'Alice Changed');
  writeFileSync(`${file}.new`, changed);
  renameSync(`${file}.new`, file);
  // The first one was that of the addresses of the application.
  await tenant.written(/has changed and was applied[^]*has changed and was applied/);
  await page.goto(`${home}/profile`);
  await page.waitForURL((url) => url.origin === endpoint || url.pathname === '/profile');
  if (new URL(page.url()).origin === endpoint) await page.locator('button[name=user][value=alice]').click();
  await page.waitForURL(`${home}/profile`);
  assert.equal(await page.locator('body').textContent(), 'You are signed in as Alice Changed');
});
