// A person's browser without the browser: cookies, redirects, forms, and the headers that tell a navigation
// from a script. (Node's own fetch always says it is a script.)
import http from 'node:http';

const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'same-origin',
};

export function send(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, async (answer) => {
      try {
        let text = '';
        for await (const chunk of answer.setEncoding('utf8')) text += chunk;
        resolve({
          status: answer.statusCode,
          headers: answer.headers,
          text,
          url: String(url),
          json: () => JSON.parse(text),
        });
      } catch (error) {
        reject(error);
      }
    });
    request.setTimeout(20_000, () => request.destroy(new Error(`no answer from ${url}`)));
    request.on('error', reject);
    request.end(body);
  });
}

export class Visitor {
  /** Cookies ignore ports, so one jar serves the shop and the provider, as in a browser. */
  cookies = new Map();

  #cookieHeader(path) {
    const fitting = [...this.cookies.values()].filter((cookie) => path.startsWith(cookie.path));
    return fitting.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  #keep(header) {
    const [pair, ...attributes] = header.split('; ');
    const at = pair.indexOf('=');
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path: '/' };
    let ends = false;
    for (const attribute of attributes) {
      const [name, value] = attribute.split('=');
      if (name.toLowerCase() === 'path') cookie.path = value;
      if (name.toLowerCase() === 'max-age') ends = Number(value) <= 0;
      if (name.toLowerCase() === 'expires') ends ||= Date.parse(value) <= Date.now();
    }
    const key = `${cookie.name} ${cookie.path}`;
    if (ends) this.cookies.delete(key);
    else this.cookies.set(key, cookie);
  }

  /** One request; what it sets is kept unless `forgets` (an answer that never arrived). */
  async ask(url, { forgets = false, headers = {}, form, ...options } = {}) {
    const cookie = this.#cookieHeader(new URL(url).pathname);
    const answer = await send(url, {
      ...options,
      headers: {
        ...(cookie && { cookie }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      body: form ? new URLSearchParams(form).toString() : options.body,
    });
    if (!forgets) (answer.headers['set-cookie'] ?? []).forEach((header) => this.#keep(header));
    return answer;
  }

  /** A script's or a program's request, with this visitor's session. */
  api(url, options = {}) {
    return this.ask(url, { ...options, headers: { accept: 'application/json', ...options.headers } });
  }

  /** A click: follows redirects until `stops` says so. `hops` has every address on the way. */
  async go(url, { stops = () => false, ...options } = {}) {
    const hops = [];
    let next = String(url);
    let current = options;
    for (;;) {
      hops.push(next);
      if (hops.length > 15) throw new Error(`a loop:\n${hops.join('\n')}`);
      const answer = await this.ask(next, { ...current, headers: { ...NAVIGATION, ...current.headers } });
      const location = answer.headers.location && new URL(answer.headers.location, next).href;
      if (!location || stops(location)) return { ...answer, hops, location };
      next = location;
      current = {};
    }
  }

  /** Answers the provider's pages until it sends the browser elsewhere. */
  async answerPages(page, decision, options = {}) {
    let answer = page;
    for (let pages = 0; pages < 5; pages += 1) {
      const form = /<form method="post" action="(\/interaction\/[^"]+)">/.exec(answer.text);
      if (!form) return answer;
      answer = await this.go(new URL(form[1], answer.url).href, { ...options, method: 'POST', form: decision });
    }
    throw new Error(`the provider asks without end: ${answer.text}`);
  }

  /** A whole sign-in at the shop, as `account`. */
  async signIn(shop, account, path = '/') {
    const page = await this.go(`${shop}/logto/sign-in?return_to=${encodeURIComponent(path)}`);
    return this.answerPages(page, { account });
  }

  copy() {
    const twin = new Visitor();
    twin.cookies = new Map(this.cookies);
    return twin;
  }

  session() {
    return [...this.cookies.values()].filter(({ name }) => /^logto_[0-9a-f]+\.\d+$/.test(name));
  }
}
