// What the program finds in WeChat when it is loaded.
const storage = {}
global.wx = {
  canIUse: () => false,
  getStorageSync: (k) => storage[k] ?? '',
  setStorageSync: (k, v) => void (storage[k] = v),
  removeStorageSync: (k) => void delete storage[k],
  getSystemInfoSync: () => ({ language: 'zh_CN', platform: 'devtools', pixelRatio: 2, windowWidth: 360 }),
  getAppBaseInfo: () => ({ language: 'zh_CN' }),
  getWindowInfo: () => ({ pixelRatio: 2, windowWidth: 360 }),
  getDeviceInfo: () => ({ platform: 'devtools' }),
  getLaunchOptionsSync: () => ({}),
  onAppShow() {},
  $emit() {},
}
Object.assign(global, { App() {}, Page() {}, Component() {}, getApp: () => undefined, getCurrentPages: () => [] })
