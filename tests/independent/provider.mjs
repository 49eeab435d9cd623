// An OpenID provider that shares no code with logto-rocket or logto-dev: the `oidc-provider` package, laid out
// as Logto lays itself out (everything under /oidc), with sign-in pages that a program can fill in.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import http from 'node:http';
import Provider, { errors } from 'oidc-provider';

export const SHOPPING_API = 'https://shopping.your-app.com/api';
export const OTHER_API = 'https://other.your-app.com/api';
const OIDC_SCOPES = ['openid', 'offline_access', 'profile', 'email', 'roles'];
/** Logto's reserved resource. It means nothing here, but asking for it must not fail. */
const ORGANIZATIONS = 'urn:logto:resource:organizations';

/** Who can sign in, what the shopping API lets them do, and the custom claim `plan` of their access tokens. */
const ACCOUNTS = {
  alice: { name: 'Alice Example', email: 'alice@example.com', email_verified: true, allowed: ['read:orders', 'write:orders'] },
  bob: { name: null, allowed: [] },
  erin: { name: 'Erin Example', roles: ['bookkeeper'], plan: 'silver', allowed: ['read:orders', 'export:orders'] },
  root: { name: 'Root Ünïcode', plan: 'gold', allowed: ['read:orders', 'write:orders', 'delete:orders'] },
};

export const SHOP = { client_id: 'the-shop', client_secret: randomBytes(24).toString('base64url') };
/** Two other applications of the same provider, for bearer tokens. */
export const WAREHOUSE = { client_id: 'warehouse', client_secret: randomBytes(24).toString('base64url'), redirect_uri: 'http://localhost:9/warehouse' };
export const TOOL = { client_id: 'a-tool', client_secret: randomBytes(24).toString('base64url'), redirect_uri: 'http://localhost:9/tool' };

function signingKey(algorithm) {
  const { privateKey } =
    algorithm === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return { ...privateKey.export({ format: 'jwk' }), alg: algorithm, use: 'sig', kid: randomBytes(16).toString('base64url') };
}

/** Everything the provider remembers; it outlives restarts and new keys. */
class Memory {
  static entries = new Map();

  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  #where(member, value) {
    const found = [...Memory.entries].find(([key, entry]) => key.startsWith(`${this.model}:`) && entry[member] === value);
    return found?.[1];
  }

  async upsert(id, payload) {
    Memory.entries.set(this.#key(id), structuredClone(payload));
  }

  async find(id) {
    return structuredClone(Memory.entries.get(this.#key(id)));
  }

  async findByUid(uid) {
    return structuredClone(this.#where('uid', uid));
  }

  async findByUserCode(userCode) {
    return structuredClone(this.#where('userCode', userCode));
  }

  async consume(id) {
    Memory.entries.get(this.#key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    Memory.entries.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, entry] of Memory.entries) if (entry.grantId === grantId) Memory.entries.delete(key);
  }
}

/** Ports that the system never gives away by itself, so that the same one can be taken again after an outage. */
async function listen(server, port) {
  for (let tries = 0; ; tries += 1) {
    const candidate = port ?? 20_000 + Math.floor(Math.random() * 10_000);
    try {
      await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(candidate, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      return candidate;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || port !== undefined || tries > 50) throw error;
    }
  }
}

export async function startProvider() {
  const control = { accessTokenTtl: 3600, algorithm: 'ES384' };
  /** What was asked of the provider, oldest first. */
  const journal = [];
  let keys = [signingKey('ES384')];
  let handle;
  let server;
  let port;
  let issuer;

  const client = (own, redirects) => ({
    ...own,
    application_type: 'web',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    redirect_uris: redirects.callback,
    post_logout_redirect_uris: redirects.home ?? [],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: control.algorithm,
  });

  const applications = new Map();

  async function setUp() {
    for (const [own, redirects] of applications.values()) {
      const { redirect_uri: _, ...credentials } = own;
      await new Memory('Client').upsert(own.client_id, client(credentials, redirects));
    }
    const resources = {
      [SHOPPING_API]: ['read:orders', 'write:orders', 'delete:orders', 'export:orders'],
      [OTHER_API]: ['ping'],
      [ORGANIZATIONS]: ['invite:member', 'manage:billing'],
    };
    const provider = new Provider(issuer, {
      adapter: Memory,
      jwks: { keys },
      enabledJWA: { idTokenSigningAlgValues: [control.algorithm] },
      cookies: { keys: ['a key for cookies of a test'] },
      pkce: { required: () => true },
      rotateRefreshToken: true,
      // As Logto does: the ID token has the claims that the scopes ask for.
      conformIdTokenClaims: false,
      claims: { openid: ['sub'], profile: ['name', 'username'], email: ['email', 'email_verified'], roles: ['roles'] },
      scopes: OIDC_SCOPES,
      // What Logto calls a JWT customizer.
      extraTokenClaims: (_, { accountId }) => accountId && { plan: ACCOUNTS[accountId].plan },
      findAccount: (_, id) => ({
        accountId: id,
        claims: async () => {
          const { allowed, plan, ...claims } = ACCOUNTS[id];
          return { sub: id, username: id, ...claims };
        },
      }),
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      renderError: async (ctx, out) => {
        ctx.type = 'json';
        ctx.body = out;
      },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        revocation: { enabled: true, allowedPolicy: (_, asking, token) => token.clientId === asking.clientId },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: async (ctx, form) => {
            ctx.body = `<!doctype html><title>Sign out</title>${form}`;
          },
        },
        resourceIndicators: {
          enabled: true,
          defaultResource: (_, __, oneOf) => oneOf,
          useGrantedResource: () => false,
          getResourceServerInfo: (_, indicator) => {
            if (!Object.hasOwn(resources, indicator)) throw new errors.InvalidTarget();
            return {
              scope: resources[indicator].join(' '),
              audience: indicator,
              accessTokenFormat: 'jwt',
              jwt: { sign: { alg: control.algorithm } },
            };
          },
        },
      },
      ttl: {
        AccessToken: () => control.accessTokenTtl,
        ClientCredentials: () => control.accessTokenTtl,
        AuthorizationCode: 60,
        IdToken: 3600,
        Interaction: 3600,
        Grant: 86_400,
        RefreshToken: 86_400,
        Session: 86_400,
      },
    });
    provider.on('grant.success', ({ oidc }) => {
      journal.push({ event: 'token', grant: oidc.params.grant_type, resource: oidc.params.resource ?? null, client: oidc.client.clientId });
    });
    provider.on('grant.error', ({ oidc }, error) => {
      journal.push({ event: 'token refused', grant: oidc.params?.grant_type, error: error.error, why: error.error_detail });
    });
    provider.on('grant.revoked', () => journal.push({ event: 'grant revoked' }));
    provider.on('server_error', (_, error) => journal.push({ event: 'server error', error: String(error?.stack) }));

    const protocol = provider.callback();
    handle = (request, response) => {
      journal.push({ event: 'request', method: request.method, path: request.url.split('?')[0], type: request.headers['content-type'] });
      if (request.url.startsWith('/interaction/')) return interact(provider, request, response);
      if (!request.url.startsWith('/oidc/')) return response.writeHead(404).end();
      // What a framework does for what is mounted below a path.
      request.originalUrl = request.url;
      request.url = request.url.slice('/oidc'.length);
      return protocol(request, response);
    };
  }

  async function open() {
    server = http.createServer((request, response) => handle(request, response));
    server.keepAliveTimeout = 5_000;
    port = await listen(server, port);
  }

  await open();
  const endpoint = `http://localhost:${port}`;
  issuer = `${endpoint}/oidc`;
  for (const own of [TOOL, WAREHOUSE]) applications.set(own.client_id, [own, { callback: [own.redirect_uri] }]);
  await setUp();

  return {
    endpoint,
    issuer,
    control,
    journal,
    /** Runs `work`, and gives back what was journalled meanwhile that matches. */
    async during(work, matches = () => true) {
      const from = journal.length;
      const result = await work();
      return [journal.slice(from).filter(matches), result];
    },
    async registerShop(address) {
      applications.set(SHOP.client_id, [SHOP, { callback: [`${address}/logto/callback`], home: [`${address}/`] }]);
      await setUp();
    },
    /** The private key that signs, for tokens that the provider would never make. */
    signingKey: () => keys[0],
    /** New keys, as after a rotation in Logto's console: current first; the previous ones may stay. */
    async rotateKeys({ algorithm = 'ES384', keepPrevious = true } = {}) {
      control.algorithm = algorithm;
      keys = [signingKey(algorithm), ...(keepPrevious ? keys.slice(0, 1) : [])];
      await setUp();
    },
    /** What an administrator does to somebody. Gives back what undoes it. */
    change(account, changes) {
      const before = ACCOUNTS[account];
      ACCOUNTS[account] = { ...before, ...changes };
      return () => (ACCOUNTS[account] = before);
    },
    async revokeGrantsOf(account) {
      for (const [key, entry] of Memory.entries) {
        if (key.startsWith('Grant:') && entry.accountId === account) Memory.entries.delete(key);
      }
    },
    async goDown() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    comeBack: open,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function form(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return new URLSearchParams(body);
}

/** The provider's pages: who are you, and may the application have it? */
async function interact(provider, request, response) {
  const page = (html) => response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html>${html}`);
  try {
    const { uid, prompt, params, session, grantId } = await provider.interactionDetails(request, response);
    if (request.method !== 'POST') {
      return page(`<h1>${prompt.name}</h1><form method="post" action="/interaction/${uid}"></form>`);
    }
    const decision = await form(request);
    const finish = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
    if (decision.has('cancel')) {
      return await finish({ error: 'access_denied', error_description: 'the person cancelled' });
    }
    if (prompt.name === 'login') return await finish({ login: { accountId: decision.get('account') } });

    const account = session.accountId;
    const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId: account, clientId: params.client_id });
    grant.addOIDCScope(OIDC_SCOPES.join(' '));
    grant.addResourceScope(OTHER_API, 'ping');
    const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details;
    grant.rejectOIDCScope(missingOIDCScope.filter((scope) => !OIDC_SCOPES.includes(scope)).join(' '));
    // The account's roles decide; what they do not give is refused for good, not asked for again.
    for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
      const given = resource === SHOPPING_API ? ACCOUNTS[account].allowed : [];
      grant.addResourceScope(resource, scopes.filter((scope) => given.includes(scope)).join(' '));
      grant.rejectResourceScope(resource, scopes.filter((scope) => !given.includes(scope)).join(' '));
    }
    return await finish({ consent: { grantId: await grant.save() } });
  } catch (error) {
    return response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
  }
}
