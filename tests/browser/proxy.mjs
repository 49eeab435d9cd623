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
