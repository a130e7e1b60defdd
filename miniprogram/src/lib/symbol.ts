import qrcode from 'qrcode-generator'

/** Modules of light around the symbol, as docs/pass-code.md asks. */
export const BORDER = 4

/**
 * symbolOf turns a pass code into the symbol of docs/pass-code.md (ISO/IEC 18004,
 * GB/T 18284): alphanumeric mode, level M; version 5, 37 modules a side, and version 10,
 * 57 modules, for a code that the phone signed itself. It throws for a text that is none:
 * a code may begin or end with a space, which is a digit of it.
 */
export function symbolOf(code: string): boolean[][] {
  const version = ({ 122: 5, 276: 10 } as const)[code.length as 122]
  if (!version) throw new Error('a pass code has 122 or 276 characters')
  const qr = qrcode(version, 'M')
  qr.addData(code, 'Alphanumeric')
  qr.make()
  const side = qr.getModuleCount()
  return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => qr.isDark(y, x)))
}

/** pictureOf is a symbol as an SVG in a data URL, which a mini-program's image and a
 * browser's draw alike, sharp at every size. */
export function pictureOf(symbol: boolean[][]): string {
  const side = symbol.length + 2 * BORDER
  let path = ''
  symbol.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue
      let run = 1
      while (row[x + run]) run++
      path += `M${x + BORDER} ${y + BORDER}h${run}v1h-${run}z`
      x += run
    }
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${side * 16}" height="${side * 16}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path fill="#000" d="${path}"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
