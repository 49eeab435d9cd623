// Finds Chromium, and hands out browser profiles that remember what went wrong on their pages.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Nothing but this machine: everything else does not resolve.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1',
];

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function findChromium() {
  if (process.env.CHROMIUM) {
    if (isProgram(process.env.CHROMIUM)) return process.env.CHROMIUM;
    throw new Error(`CHROMIUM names no program: ${process.env.CHROMIUM}`);
  }
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
  if (!found) {
    throw new Error(`no browser: install chromium (Debian: "apt-get install chromium"), or set CHROMIUM to the path of one of ${NAMES.join(', ')}`);
  }
  return found;
}

export function launch() {
  return chromium.launch({ executablePath: findChromium(), headless: true, args: ARGUMENTS });
}

// The browser reports every answer of 400 and above as an error of the page that shows it; that is the
// status, which the cases look at themselves.
const STATUS = /^Failed to load resource: the server responded with a status of/;

/** A fresh profile. `complaints` collects script errors, console errors and policy violations of its pages. */
export async function profile(browser, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  const complaints = [];
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !STATUS.test(message.text())) {
      complaints.push(`${message.type()} at ${message.page()?.url()}: ${message.text()}`);
    }
  });
  context.on('weberror', (error) => complaints.push(`script error: ${error.error()}`));
  context.on('requestfailed', (request) => {
    // A 204, and leaving a page while it loads, abort a navigation.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') {
      complaints.push(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`);
    }
  });
  return { context, complaints };
}
