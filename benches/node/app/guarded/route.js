import { getLogtoContext } from '@logto/next/server-actions';
import { config } from '../config';

export const dynamic = 'force-dynamic';

export async function GET() {
  const { isAuthenticated } = await getLogtoContext(config());
  return isAuthenticated ? new Response('ok') : new Response('', { status: 401 });
}
