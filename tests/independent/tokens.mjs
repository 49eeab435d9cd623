// Access tokens of the provider's other applications.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { TOOL } from './provider.mjs';
import { Visitor, send } from './visitor.mjs';

/** What the token endpoint gives the application. */
export async function tokensOf(provider, fields, application = TOOL) {
  const { client_id: id, client_secret: secret } = application;
  const answer = await send(`${provider.issuer}/token`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    },
    body: new URLSearchParams(fields).toString(),
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}

/** The application's own token. */
export async function machineToken(provider, scope, resource, application = TOOL) {
  const fields = { grant_type: 'client_credentials', resource, scope };
  return (await tokensOf(provider, fields, application)).access_token;
}

/** The tokens of somebody who signs in to the application. */
export async function personTokens(provider, account, resource, application = TOOL) {
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL(`${provider.issuer}/auth`);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: application.client_id,
    redirect_uri: application.redirect_uri,
    scope: 'openid read:orders write:orders ping',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(resource && { resource }),
  });
  const visitor = new Visitor();
  const stops = (next) => next.startsWith(application.redirect_uri);
  const { location } = await visitor.answerPages(await visitor.go(url), { account }, { stops });
  const code = new URL(location).searchParams.get('code');
  const fields = { grant_type: 'authorization_code', code, redirect_uri: application.redirect_uri, code_verifier: verifier };
  return tokensOf(provider, { ...fields, ...(resource && { resource }) }, application);
}
