// Starts an example as a person would: the binary itself, on a free port, stopped again at the end.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const built = (name) => fileURLToPath(new URL(`../../target/debug/${name}`, import.meta.url));
const PATIENCE = 20_000;
const LISTENS = /Rocket has launched from http:\/\/127\.0\.0\.1:(\d+)\s/;
// The last thing that it says at launch.
const LAUNCHED = /^  Open +(http\S+)\n/m;

// Whoever stops the tests stops what they have started: `exit` handlers run then too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** A port that was free a moment ago. The example takes the next one if it is gone by then, and says so. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the storefront. `settings` are further environment variables, such as ROCKET_LOGTO. */
export function startShop(options) {
  return start('storefront', 'STOREFRONT', options);
}

/** Starts the orders API. */
export function startOrdersApi(options) {
  return start('orders-api', 'ORDERS_API', options);
}

async function start(name, variable, { port, settings = {} } = {}) {
  const binary = process.env[variable] ?? built(name);
  if (!existsSync(binary)) {
    throw new Error(`no ${name} at ${binary}: run "cargo build -p ${name}", or set ${variable}`);
  }
  // Rocket settings of the caller's shell must not change what is tested.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('ROCKET_'));
  const child = spawn(binary, [], {
    cwd: tmpdir(),
    env: {
      ...Object.fromEntries(inherited),
      ROCKET_PORT: String(port ?? (await freePort())),
      ROCKET_CLI_COLORS: 'false',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  let log = '';
  const gone = new Promise((resolve) => child.once('close', resolve));
  const launched = new Promise((resolve, reject) => {
    const take = (text) => {
      log += text;
      if (LAUNCHED.test(log)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    gone.then((code) => reject(new Error(`${name} ended with ${code}:\n${log}`)));
    setTimeout(() => reject(new Error(`${name} does not launch:\n${log}`)), PATIENCE).unref();
  });
  try {
    await launched;
  } catch (error) {
    kill();
    throw error;
  }
  const address = LAUNCHED.exec(log)?.[1];
  const tenant = /^  Tenant +(http:\S+)/m.exec(log)?.[1];
  if (!address) {
    kill();
    throw new Error(`${name} does not say where it is:\n${log}`);
  }
  return {
    address,
    tenant,
    /** Where this process listens; with `public_url` set, `address` is elsewhere. */
    port: Number(LISTENS.exec(log)[1]),
    log: () => log,
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
