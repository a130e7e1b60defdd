// What is kept on the phone. Storage may be full or forbidden: then it lasts as long
// as the page does, and nothing breaks.
const PREFIX = 'cp.'

export function kept<T>(name: string): T | undefined {
  try {
    const value = uni.getStorageSync(PREFIX + name)
    return value === '' ? undefined : (value as T)
  } catch {
    return undefined
  }
}

export function keep(name: string, value: unknown): void {
  try {
    uni.setStorageSync(PREFIX + name, value)
  } catch {
    // As above.
  }
}

export function forget(name: string): void {
  try {
    uni.removeStorageSync(PREFIX + name)
  } catch {
    // As above.
  }
}
