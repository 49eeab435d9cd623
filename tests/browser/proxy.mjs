// A forward proxy that takes `Set-Cookie` headers out of answers: what a browser with cookies switched
// off, or a proxy that eats them, looks like to a site.
import http from 'node:http';

/** `keeps(host, cookie)` says whether a `Set-Cookie` header reaches the browser. */
export async function startCookieProxy(keeps) {
  const server = http.createServer((incoming, outgoing) => {
    const url = new URL(incoming.url);
    const request = http.request(
      { host: '127.0.0.1', port: url.port, path: url.pathname + url.search, method: incoming.method, headers: incoming.headers },
      (answer) => {
        const headers = { ...answer.headers };
        const cookies = (headers['set-cookie'] ?? []).filter((cookie) => keeps(url.host, cookie));
        delete headers['set-cookie'];
        if (cookies.length > 0) headers['set-cookie'] = cookies;
        outgoing.writeHead(answer.statusCode, headers);
        answer.pipe(outgoing);
      },
    );
    request.on('error', () => outgoing.destroy());
    incoming.pipe(request);
  });
  // Whatever the browser itself wants from outside stays here.
  server.on('connect', (_, socket) => socket.destroy());
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A forward proxy that writes down every request with the status of its answer. `own` has answers of its own for some
 * paths: `{ '/path': [content type, body] }`.
 */
export async function startRecordingProxy(own = {}) {
  const requests = [];
  const waiting = new Set();
  const record = (request) => {
    requests.push(request);
    for (const check of waiting) check(request);
  };
  const server = http.createServer((incoming, outgoing) => {
    const url = new URL(incoming.url);
    if (own[url.pathname]) {
      const [kind, body] = own[url.pathname];
      outgoing.writeHead(200, { 'content-type': kind }).end(body);
      return;
    }
    const request = http.request(
      { host: '127.0.0.1', port: url.port, path: url.pathname + url.search, method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
        outgoing.once('close', () =>
          record({ path: url.pathname + url.search, headers: incoming.headers, status: answer.statusCode }),
        );
      },
    );
    request.on('error', () => outgoing.destroy());
    incoming.pipe(request);
  });
  server.on('connect', (_, socket) => socket.destroy());
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    /** The first request that is wanted, once it is answered; it may be yet to come. */
    seen(wanted) {
      const found = requests.find(wanted);
      if (found) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`in vain; there were ${requests.map(({ path, status }) => `${path} ${status}`).join(', ')}`));
        }, 10_000);
        const check = (request) => {
          if (!wanted(request)) return;
          clearTimeout(late);
          waiting.delete(check);
          resolve(request);
        };
        waiting.add(check);
      });
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
