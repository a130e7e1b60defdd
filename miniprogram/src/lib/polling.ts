import { onHide, onShow, onUnload } from '@dcloudio/uni-app'

/** poll does something when a page is shown and again every so many milliseconds while
 * it is: mini-programs have no server-sent events. */
export function poll(what: () => Promise<void>, every: number): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let shown = false
  const stop = () => ((shown = false), clearTimeout(timer))
  const go = async () => {
    await what()
    clearTimeout(timer)
    if (shown) timer = setTimeout(go, every)
  }
  onShow(() => ((shown = true), void go()))
  onHide(stop)
  onUnload(stop)
}
