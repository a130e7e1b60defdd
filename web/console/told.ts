import { MessagePlugin } from 'tdesign-vue-next/es/message'

/** told says that something was done, notDone that it was not. Only the last one is
 * shown: who works fast is not buried in news. */
export function told(text: string): void {
  MessagePlugin.closeAll()
  void MessagePlugin.success(text)
}

export function notDone(text: string): void {
  MessagePlugin.closeAll()
  void MessagePlugin.error(text)
}
