import { createApp } from 'vue'
import '../shared/style.css'
import './style.css'
import App from './App.vue'

createApp(App).mount('#app')

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  navigator.serviceWorker.register('/web/guard-sw.js', { scope: '/guard' }).catch(() => {
    // Without it the page works while there is a network.
  })
}
