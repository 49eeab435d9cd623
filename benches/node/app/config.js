export function config() {
  const { endpoint, appId, appSecret, baseUrl } = JSON.parse(process.env.LOGTO_BENCH);
  const cookieSecret = 'of a benchmark, of more than 32 characters';
  return { endpoint, appId, appSecret, baseUrl, cookieSecret, cookieSecure: false };
}
