// Waiting for conditions, and for the clock.
import assert from 'node:assert/strict';

/** Until the clock has gone on by more than `seconds`, as tokens of that life notice it. */
export async function passed(seconds) {
  const over = (Math.floor(Date.now() / 1000) + seconds + 1) * 1000;
  await eventually(() => Date.now() >= over);
}

/** Until `condition` holds; fails after five seconds. */
export async function eventually(condition) {
  const deadline = Date.now() + 5000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `never: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
