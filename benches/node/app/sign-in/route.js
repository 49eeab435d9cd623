import { signIn } from '@logto/next/server-actions';
import { config } from '../config';

export const dynamic = 'force-dynamic';

export async function GET() {
  await signIn(config());
}
