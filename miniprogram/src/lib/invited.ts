import { forget, keep, kept } from './kept'

/** remember keeps the community that a link or a mini-program code named, for the claim
 * that follows: `community`, or the `scene` of a mini-program code, which has room for
 * an id and nothing else. */
export function remember(query: Record<string, string | undefined> | undefined): void {
  const named = query?.community ?? (query?.scene ? decodeURIComponent(query.scene) : '')
  if (isID(named)) keep('community', named)
}

export const rememberedCommunity = (): string => kept<string>('community') ?? ''
export const forgetCommunity = (): void => forget('community')

/** communityIn finds the id in what a printed code says: the bare id, or a link with it. */
export function communityIn(text: string): string {
  const named = /[?&](?:community|scene)=([^&#]+)/.exec(text)?.[1] ?? text.trim()
  return isID(named) ? named : ''
}

/** Ids are ULIDs (26 characters of Crockford's Base32). */
const isID = (text: string | undefined): text is string => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text ?? '')
