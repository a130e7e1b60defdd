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
  { path: '/recipients', title: 'recipients', needs: ['recipient.read'], page: () => import('./pages/RecipientsPage.vue') },
  { path: '/rules', title: 'rules', needs: ['rule.read'], page: () => import('./pages/RulesPage.vue') },
  { path: '/emergency', title: 'emergency', needs: ['emergency.read'], page: () => import('./pages/EmergencyPage.vue') },
  { path: '/statistics', title: 'statistics', needs: ['statistics.read'], page: () => import('./pages/StatisticsPage.vue') },
  { path: '/staff', title: 'staff', needs: ['staff.read'], page: () => import('./pages/StaffPage.vue') },
  { path: '/audit', title: 'audit', needs: ['audit.read'], page: () => import('./pages/AuditPage.vue') },
  { path: '/privacy', title: 'privacy', needs: [], page: () => import('./pages/PrivacyPage.vue') },
]

export const router = createRouter({
  history: createWebHistory('/console'),
  routes: [
    ...places.map((p): RouteRecordRaw => ({ path: p.path, component: p.page as never })),
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
