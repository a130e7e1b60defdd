/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** The server that the mini-program asks. */
  readonly VITE_SERVER: string
  /** '1' in builds against the demo, whose WeChat is simulated. */
  readonly VITE_DEMO?: string
}

declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}

/** What WeChat has and uni does not wrap. */
declare const wx: {
  env: { USER_DATA_PATH: string }
  setVisualEffectOnCapture?(how: { visualEffect: 'hidden' | 'none' }): void
  getFileSystemManager(): { writeFileSync(path: string, text: string, encoding: 'utf8'): void; unlink(how: { filePath: string; fail(): void }): void }
  shareFileMessage(how: { filePath: string; fileName: string; success(): void; fail(why: unknown): void; complete(): void }): void
}
