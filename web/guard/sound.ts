import type { Schemas } from '../shared/types'

// A browser lets a page sound only after a touch; the touch that opens the camera is one.
let audio: AudioContext | undefined

export function unlockSound(): void {
  try {
    audio ??= new AudioContext()
    void audio.resume()
  } catch {
    // A phone without sound still shows the colour.
  }
}

/** One rising pair admits, two low tones refuse, three short ones ask: told apart
 * without looking. */
const TONES: Record<Schemas['Outcome'], [pitch: number, begin: number, length: number][]> = {
  admit: [[660, 0, 0.12], [990, 0.13, 0.2]],
  refuse: [[220, 0, 0.3], [165, 0.34, 0.45]],
  refer: [[520, 0, 0.1], [520, 0.17, 0.1], [520, 0.34, 0.1]],
}

export function sound(outcome: Schemas['Outcome']): void {
  navigator.vibrate?.(outcome === 'admit' ? 60 : outcome === 'refer' ? [60, 60, 60] : [250, 100, 250])
  if (!audio || audio.state !== 'running') return
  for (const [pitch, begin, length] of TONES[outcome]) {
    const tone = audio.createOscillator()
    const loud = audio.createGain()
    const from = audio.currentTime + begin
    tone.type = outcome === 'refuse' ? 'square' : 'sine'
    tone.frequency.value = pitch
    loud.gain.setValueAtTime(0.0001, from)
    loud.gain.exponentialRampToValueAtTime(0.3, from + 0.02)
    loud.gain.exponentialRampToValueAtTime(0.0001, from + length)
    tone.connect(loud).connect(audio.destination)
    tone.start(from)
    tone.stop(from + length + 0.02)
  }
}
