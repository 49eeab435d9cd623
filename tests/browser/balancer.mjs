// One address in front of several versions of an application, as a load balancer is.
import http from 'node:http';

export async function startBalancer() {
  /** The port of the version that gets the requests. */
  let port;
  const server = http.createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    // A connection of its own for each request: one that is used again may have been closed by the other side.
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false };
    const request = http.request(options, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    request.on('error', () => outgoing.destroy());
    incoming.pipe(request);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, 'localhost', resolve));
  return {
    address: `http://localhost:${server.address().port}`,
    /** From now on this version gets the requests. */
    use: (version) => (port = version.port),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
