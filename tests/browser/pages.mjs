// The pages of the library and of the shop that a person sees when something is refused: are they accessible, in which
// language are they, and do they fit? axe-core checks contrast, names, landmarks and more (WCAG 2.2 and good practice).
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, profile } from './browser.mjs';
import { freePort, startShop } from './shop.mjs';

const SCREENSHOTS = fileURLToPath(new URL('./screenshots/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let shop;
/** A shop whose tenant cannot be reached. */
let cutOff;
/** A shop with the built-in pages and one after a sign-out. */
let plain;
let browser;

before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launch();
  shop = await startShop();
  plain = await startShop({ settings: { ROCKET_OWN_PAGES: 'false', ROCKET_LOGTO: '{signed_out_page=true}' } });
  const port = await freePort();
  const nobody = await freePort();
  const logto = `{endpoint="http://127.0.0.1:${nobody}",app_id="shop",app_secret="none",public_url="http://localhost:${port}"}`;
  cutOff = await startShop({ port, settings: { ROCKET_LOGTO: logto } });
});

after(async () => {
  await browser?.close();
  for (const running of [shop, plain, cutOff]) {
    const code = await running?.stop();
    if (running) assert.equal(code, 0, 'the storefront stops in order');
  }
});

const at = (path) => `${shop.address}${path}`;

/** In each of these every page is looked at. */
const READERS = [
  { name: 'light', locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', locale: 'de-CH', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'narrow', locale: 'ko-KR', colorScheme: 'light', viewport: { width: 320, height: 640 } },
  { name: 'narrow and dark', locale: 'fr-FR', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
];

/** Chooses a user on the page of the tenant, and does not wait for what comes of it. */
async function choose(page, name, path = '/', at_shop = shop) {
  await page.goto(`${at_shop.address}/logto/sign-in?return_to=${path}`);
  await page.waitForURL((url) => url.origin === at_shop.tenant && url.pathname === '/sign-in');
  await page.locator(`button[name=user][value=${name}]`).click();
}

async function signIn(page, name, path = '/', at_shop = shop) {
  await choose(page, name, path, at_shop);
  await page.waitForURL(`${at_shop.address}${path}`);
}

/** The response to the navigation that leads to this path. */
const arrivalAt = (page, address, path) =>
  page.waitForResponse((response) => response.request().isNavigationRequest() && response.url().startsWith(`${address}${path}`));

async function followLinkFromElsewhere(page, t) {
  const server = http.createServer((_, answer) =>
    answer.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>elsewhere</title><link rel="icon" href="data:,"><a href="${at('/logto/sign-out')}">Away</a>`),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const [response] = await Promise.all([page.waitForResponse(at('/logto/sign-out')), page.getByRole('link').click()]);
  await page.waitForLoadState();
  return response;
}

/** The pages, how a browser comes to them, and their status and title in the languages of the readers above. */
const PAGES = [
  {
    name: 'sign-in cancelled',
    open: (page) => page.goto(at('/logto/callback')),
    status: 403,
    titles: { en: 'You are not signed in', de: 'Sie sind nicht angemeldet', ko: '로그인되어 있지 않습니다', fr: 'Vous n’êtes pas connecté' },
  },
  {
    name: 'sign-in failed',
    open: (page) => page.goto(at('/logto/callback?state=unknown&code=x')),
    status: 400,
    titles: { en: 'This sign-in cannot be completed', de: 'Diese Anmeldung kann nicht abgeschlossen werden', ko: '로그인을 완료할 수 없습니다', fr: 'Cette connexion ne peut pas aboutir' },
  },
  {
    name: 'malformed query',
    open: (page) => page.goto(at('/logto/sign-in?return_to=/a&return_to=/b')),
    status: 400,
    titles: { en: 'The address cannot be read', de: 'Die Adresse ist nicht lesbar', ko: '주소를 읽을 수 없습니다', fr: 'L’adresse est illisible' },
  },
  {
    name: 'confirm sign-out',
    open: async (page, context, t) => {
      await signIn(page, 'alice');
      return followLinkFromElsewhere(page, t);
    },
    status: 403,
    titles: { en: 'Do you want to sign out?', de: 'Möchten Sie sich abmelden?', ko: '로그아웃하시겠습니까?', fr: 'Voulez-vous vous déconnecter ?' },
  },
  {
    name: 'redirect loop',
    open: async (page, context) => {
      // Comes back to what needs no session: a session that was read once has come back.
      await signIn(page, 'alice', '/style.css');
      await context.clearCookies({ name: /^logto_[0-9a-f]+\.\d+$/ });
      return page.goto(at('/profile'));
    },
    status: 401,
    titles: { en: 'Your browser did not keep the session', de: 'Ihr Browser hat die Sitzung nicht behalten', ko: '브라우저에 세션이 유지되지 않았습니다', fr: 'Votre navigateur n’a pas conservé la session' },
  },
  {
    name: 'try again',
    open: (page) => page.goto(`${cutOff.address}/logto/sign-in`),
    status: 503,
    titles: { en: 'The sign-in service cannot be reached', de: 'Der Anmeldedienst ist nicht erreichbar', ko: '로그인 서비스에 연결할 수 없습니다', fr: 'Le service de connexion est injoignable' },
  },
  {
    name: 'denied by a hook',
    open: async (page) => {
      const arrived = arrivalAt(page, shop.address, '/logto/callback');
      await choose(page, 'mallory');
      const response = await arrived;
      await page.waitForLoadState();
      return response;
    },
    status: 403,
    titles: { en: 'Access is denied', de: 'Der Zugriff wurde verweigert', ko: '액세스가 거부되었습니다', fr: 'L’accès est refusé' },
  },
  {
    name: 'signed out',
    open: async (page) => {
      await signIn(page, 'alice', '/', plain);
      const arrived = arrivalAt(page, plain.address, '/logto/signed-out');
      await page.getByRole('button', { name: 'Sign out' }).click();
      const response = await arrived;
      await page.waitForLoadState();
      return response;
    },
    status: 200,
    titles: { en: 'You are signed out', de: 'Sie sind abgemeldet', ko: '로그아웃되었습니다', fr: 'Vous êtes déconnecté' },
  },
  {
    name: 'refused, built-in',
    open: async (page) => {
      await signIn(page, 'bob', '/', plain);
      return page.goto(`${plain.address}/api/orders`);
    },
    status: 403,
    titles: { en: 'A permission is missing', de: 'Eine Berechtigung fehlt', ko: '권한이 없습니다', fr: 'Il vous manque une autorisation' },
  },
  {
    name: 'denied by a check, built-in',
    open: async (page) => {
      await signIn(page, 'carol', '/', plain);
      return page.goto(`${plain.address}/tasting`);
    },
    status: 403,
    titles: { en: 'The application refused the request', de: 'Die Anwendung hat die Anfrage abgelehnt', ko: '애플리케이션이 요청을 거부했습니다', fr: 'L’application a refusé la requête' },
  },
  {
    name: 'refused, in the look of the shop',
    open: async (page) => {
      await signIn(page, 'bob');
      return page.goto(at('/api/orders'));
    },
    status: 403,
    titles: { en: 'A permission is missing', de: 'Eine Berechtigung fehlt', ko: '권한이 없습니다', fr: 'Il vous manque une autorisation' },
  },
  {
    name: 'not found, in the look of the shop',
    open: (page) => page.goto(at('/nowhere')),
    status: 404,
    titles: { en: 'There is no such page', de: 'Diese Seite gibt es nicht', ko: 'There is no such page', fr: 'There is no such page' },
  },
];

/** What axe-core finds wrong with the page. It is evaluated by the debugger, so the page's policy does not matter. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found, incomplete } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
  const tell = ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`;
  return [...found, ...incomplete].map(tell);
}

for (const { name: reader, ...settings } of READERS) {
  describe(`pages for a reader of ${settings.locale}, ${reader}`, () => {
    for (const { name, open, status, titles } of PAGES) {
      test(name, async (t) => {
        const { context, complaints } = await profile(browser, settings);
        t.after(() => context.close());
        const page = await context.newPage();
        const response = await open(page, context, t);
        assert.equal(response.status(), status);
        const language = settings.locale.slice(0, 2);
        const heading = page.getByRole('heading', { level: 1 });
        assert.equal(await heading.textContent(), titles[language]);
        assert.equal(await page.title(), titles[language]);
        const shown = titles[language] === titles.en ? 'en' : language;
        assert.equal(await page.getAttribute('html', 'lang'), shown);
        await page.screenshot({ path: `${SCREENSHOTS}page-${name}-${reader}.png`.replaceAll(' ', '-').replaceAll(',', ''), animations: 'disabled', fullPage: true });
        assert.deepEqual(await violations(page), []);
        const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(content <= window, `it does not scroll sideways: ${content} > ${window}`);
        const [red] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
        assert.equal(red < 64, settings.colorScheme === 'dark', `the background is ${red}`);
        assert.deepEqual(complaints, [], 'no errors and no policy violations');
      });
    }
  });
}
