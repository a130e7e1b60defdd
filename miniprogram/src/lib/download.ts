/** handOver gives a text to the person as a file: a download in a browser, in WeChat a
 * file to be sent to oneself. It throws when that did not happen. */
export function handOver(name: string, text: string): Promise<void> {
  // #ifdef H5
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  return Promise.resolve()
  // #endif
  // #ifdef MP-WEIXIN
  return inWechat(name, text)
  // #endif
}

// The file lies in the mini-program's own folder until it was handed on, and no longer.
function inWechat(name: string, text: string): Promise<void> {
  const file = `${wx.env.USER_DATA_PATH}/${name}`
  const files = wx.getFileSystemManager()
  files.writeFileSync(file, text, 'utf8')
  return new Promise((done, failed) => {
    wx.shareFileMessage({ filePath: file, fileName: name, success: () => done(), fail: failed, complete: () => files.unlink({ filePath: file, fail: () => undefined }) })
  })
}
