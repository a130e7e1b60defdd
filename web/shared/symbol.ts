import qrcode from 'qrcode-generator'

/** The border that docs/pass-code.md asks for, in modules. */
const BORDER = 4

/**
 * symbolOf turns a pass code into the symbol of docs/pass-code.md: alphanumeric mode,
 * version 5, level M, 37 modules a side. It throws for a text that is none.
 */
export function symbolOf(code: string): boolean[][] {
  if (code.length !== 122) throw new Error('a pass code has 122 characters')
  const qr = qrcode(5, 'M')
  qr.addData(code, 'Alphanumeric')
  qr.make()
  const side = qr.getModuleCount()
  return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => qr.isDark(y, x)))
}

/** pathOf turns any text, such as the address of an entry code, into a symbol for print:
 * the data of an SVG path in modules, with the border that readers need. */
export function pathOf(text: string): { side: number; path: string } {
  const qr = qrcode(0, 'Q')
  qr.addData(text, 'Byte')
  qr.make()
  const side = qr.getModuleCount()
  let path = ''
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) if (qr.isDark(y, x)) path += `M${x + BORDER} ${y + BORDER}h1v1h-1z`
  return { side: side + 2 * BORDER, path }
}

/** draw paints a symbol as wide as fits into a width of the page (CSS pixels), with
 * whole pixels of the screen a module. */
export function draw(canvas: HTMLCanvasElement, symbol: boolean[][], width: number, density: number): void {
  const side = symbol.length + 2 * BORDER
  const module = Math.max(2, Math.floor((width * density) / side))
  canvas.width = canvas.height = side * module
  canvas.style.width = `${canvas.width / density}px`
  const on = canvas.getContext('2d')!
  on.fillStyle = '#fff'
  on.fillRect(0, 0, canvas.width, canvas.height)
  on.fillStyle = '#000'
  symbol.forEach((row, y) => row.forEach((dark, x) => dark && on.fillRect((x + BORDER) * module, (y + BORDER) * module, module, module)))
}
