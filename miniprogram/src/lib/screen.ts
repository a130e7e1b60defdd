// Readers want a bright screen, and a code is not for pictures. Only mini-programs let
// us do this; a browser shows the same code as bright as the phone is.
let before = -1

/** brighten lights the screen, keeps it on and hides it from recordings. */
export function brighten(): void {
  // #ifdef MP-WEIXIN
  uni.getScreenBrightness({ success: (r) => { if (before < 0) before = r.value } })
  uni.setScreenBrightness({ value: 1 })
  uni.setKeepScreenOn({ keepScreenOn: true })
  wx.setVisualEffectOnCapture?.({ visualEffect: 'hidden' })
  // #endif
}

/** dim puts everything back as it was. */
export function dim(): void {
  // #ifdef MP-WEIXIN
  if (before >= 0) uni.setScreenBrightness({ value: before })
  before = -1
  uni.setKeepScreenOn({ keepScreenOn: false })
  wx.setVisualEffectOnCapture?.({ visualEffect: 'none' })
  // #endif
}
