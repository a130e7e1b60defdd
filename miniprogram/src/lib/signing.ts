// The phone's side of format 3. It needs BigInt, which the oldest phones have not: a file
// of its own, read when it is wanted (vite.config.ts), so that it stops nothing else.
export { epoch, newKey, Phone, ready, stepMilliseconds, windowAt } from '../../../passcode/ts/src/phone'
