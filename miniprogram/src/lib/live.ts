// How something goes on, as it happens: a browser follows the server's stream, a
// mini-program asks again, since it has none.
// #ifdef H5
import { createParser } from 'eventsource-parser'
import { openStream } from './client'
// #endif
import { get } from './client'

const AGAIN = 1_000

/** follow gives what stands at a path, and each change, until over says so or stop is
 * called. A stream that breaks, or that a proxy keeps back, is made up for by asking. */
export function follow<T>(path: string, on: (now: T) => void, over: (now: T) => boolean, failed: (why: unknown) => void): () => void {
  let ended = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const took = (now: T) => {
    if (ended) return
    on(now)
    if (over(now)) stop()
  }
  let quit = (): void => undefined

  async function ask(): Promise<void> {
    try {
      took(await get<T>(path))
    } catch (thrown) {
      if (!ended) failed(thrown)
    }
    if (!ended) timer = setTimeout(ask, AGAIN)
  }

  function stop(): void {
    ended = true
    clearTimeout(timer)
    quit()
  }

  // #ifdef H5
  const aborting = new AbortController()
  quit = () => aborting.abort()
  const parser = createParser({ onEvent: (e) => took(JSON.parse(e.data) as T) })
  openStream(`${path}/events?max_seconds=60`, aborting.signal, (piece) => parser.feed(piece)).catch(() => undefined).finally(() => void (ended || ask()))
  // #endif
  // #ifndef H5
  void ask()
  // #endif
  return stop
}
