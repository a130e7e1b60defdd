// Base45 (RFC 9285): two bytes are three digits, lowest first; a last byte is two.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

const digit = (n: number): string => alphabet.charAt(n)

export function toBase45(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 2) {
    const one = bytes[i]!
    const two = bytes[i + 1]
    if (two === undefined) return text + digit(one % 45) + digit(Math.floor(one / 45))
    const n = one * 256 + two
    text += digit(n % 45) + digit(Math.floor(n / 45) % 45) + digit(Math.floor(n / 2025))
  }
  return text
}

/** The bytes of a text, or undefined when it is not the one writing of any. */
export function fromBase45(text: string): Uint8Array | undefined {
  if (text.length % 3 === 1) return undefined
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 3) {
    const group = text.slice(i, i + 3)
    let n = 0
    for (let k = group.length - 1; k >= 0; k--) {
      const value = alphabet.indexOf(group.charAt(k))
      if (value < 0) return undefined
      n = n * 45 + value
    }
    const whole = group.length === 3
    if (n > (whole ? 0xffff : 0xff)) return undefined
    if (whole) bytes.push(n >> 8)
    bytes.push(n & 0xff)
  }
  return Uint8Array.from(bytes)
}
