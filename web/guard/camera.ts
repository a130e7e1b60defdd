import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

// The decoder is one of our own files: left to itself the library would fetch it from
// somebody else's server.
prepareZXingModule({ overrides: { locateFile: (name: string, prefix: string) => (name.endsWith('.wasm') ? wasm : prefix + name) }, fireImmediately: true })

/** So many times a second a picture is read; more only warms the phone. */
const EACH = 1000 / 8
const SIDE = 720

/** Camera reads QR symbols from the phone's back camera. Pictures stay in memory. */
export class Camera {
  private stream: MediaStream | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly canvas = document.createElement('canvas')
  private stopped = false

  constructor(private readonly video: HTMLVideoElement, private readonly found: (text: string) => void) {}

  /** start opens the camera; it throws what getUserMedia throws. */
  async start(): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } } })
    if (this.stopped) {
      stream.getTracks().forEach((t) => t.stop())
      return
    }
    this.stream = stream
    this.video.srcObject = stream
    await this.video.play()
    void this.look()
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
    this.stream?.getTracks().forEach((t) => t.stop())
    this.video.srcObject = null
  }

  get hasTorch(): boolean {
    const track = this.stream?.getVideoTracks()[0]
    return !!(track?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch
  }

  async torch(on: boolean): Promise<void> {
    await this.stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] })
  }

  private async look(): Promise<void> {
    const began = performance.now()
    try {
      const picture = this.picture()
      if (picture) {
        const [symbol] = await readBarcodes(picture, { formats: ['QRCode'], tryHarder: true, tryInvert: false, maxNumberOfSymbols: 1 })
        // Not trimmed: a pass code may begin with a space.
        if (symbol?.isValid && symbol.text && !this.stopped) this.found(symbol.text)
      }
    } catch {
      // One picture that cannot be read is followed by the next.
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), Math.max(20, EACH - (performance.now() - began)))
  }

  /** The middle of the picture, where the frame is, not larger than needed. */
  private picture(): ImageData | undefined {
    const { videoWidth: w, videoHeight: h } = this.video
    if (!w || !h || document.visibilityState !== 'visible') return
    const side = Math.min(w, h)
    const to = Math.min(side, SIDE)
    this.canvas.width = this.canvas.height = to
    const on = this.canvas.getContext('2d', { willReadFrequently: true })!
    on.drawImage(this.video, (w - side) / 2, (h - side) / 2, side, side, 0, 0, to, to)
    return on.getImageData(0, 0, to, to)
  }
}
