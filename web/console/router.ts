import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { Key } from './words'

/** A page of the console. Any one of needs opens it; who has none does not see it. */
export interface Place {
  path: string
  title: Key
  needs: string[]
  page: () => Promise<unknown>
}

export const places: Place[] = [
  { path: '/', title: 'home', needs: [], page: () => import('./pages/HomePage.vue') },
  { path: '/passages', title: 'passages', needs: ['passage.read'], page: () => import('./pages/PassagesPage.vue') },
  { path: '/residents', title: 'residents', needs: ['residency.read', 'household.read'], page: () => import('./pages/ResidentsPage.vue') },
  { path: '/visits', title: 'visits', needs: ['visit.read', 'approval.read'], page: () => import('./pages/VisitsPage.vue') },
  { path: '/gates', title: 'gates', needs: ['gate.read'], page: () => import('./pages/GatesPage.vue') },
  { path: '/incidents', title: 'incidents', needs: ['incident.read'], page: () => import('./pages/IncidentsPage.vue') },
  { path: '/duty', title: 'duty', needs: ['duty.read'], page: () => import('./pages/DutyPage.vue') },
  { path: '/notices', title: 'notices', needs: ['notice.read'], page: () => import('./pages/NoticesPage.vue') },
  { path: '/restrictions', title: 'restrictions', needs: ['restriction.read'], page: () => import('./pages/RestrictionsPage.vue') },
  { path: '/recipients', title: 'recipients', needs: ['recipient.read'], page: () => import('./pages/RecipientsPage.vue') },
  { path: '/rules', title: 'rules', needs: ['rule.read'], page: () => import('./pages/RulesPage.vue') },
  { path: '/emergency', title: 'emergency', needs: ['emergency.read'], page: () => import('./pages/EmergencyPage.vue') },
  { path: '/statistics', title: 'statistics', needs: ['statistics.read'], page: () => import('./pages/StatisticsPage.vue') },
  { path: '/staff', title: 'staff', needs: ['staff.read'], page: () => import('./pages/StaffPage.vue') },
  { path: '/audit', title: 'audit', needs: ['audit.read'], page: () => import('./pages/AuditPage.vue') },
  { path: '/privacy', title: 'privacy', needs: [], page: () => import('./pages/PrivacyPage.vue') },
  { path: '/messages', title: 'messages', needs: [], page: () => import('./pages/MessagesPage.vue') },
  { path: '/account', title: 'account', needs: [], page: () => import('./pages/AccountPage.vue') },
]

export const router = createRouter({
  history: createWebHistory('/console'),
  routes: [
    ...places.map((p): RouteRecordRaw => ({ path: p.path, component: p.page as never })),
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
