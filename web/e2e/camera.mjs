import { writeFile } from 'node:fs/promises'
import qrcode from 'qrcode-generator'

/** Arguments with which Chromium takes a file for its camera. */
export const cameraArgs = (file) => ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`]

/** film makes that file: one picture, again and again. */
export async function film(file, context, picture) {
  const scene = await context.newPage()
  await scene.setViewportSize({ width: 1280, height: 720 })
  await scene.setContent(`<body style="margin:0;background:#777;display:grid;place-items:center;height:720px"><img height="480" src="${picture}">`)
  await scene.waitForFunction(() => document.images[0].complete)
  const frame = await scene.screenshot({ type: 'jpeg', quality: 92 })
  await scene.close()
  await writeFile(file, Buffer.concat(Array.from({ length: 20 }, () => frame)))
}

/** symbol draws a pass code as docs/pass-code.md asks, as a phone would show it. */
export function symbol(code) {
  const qr = qrcode(5, 'M')
  qr.addData(code, 'Alphanumeric')
  qr.make()
  return qr.createDataURL(12, 48)
}
