import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Schemas } from '../shared/types'
import { client, session } from './session'

export type Community = Schemas['Community']
export type Gate = Schemas['Gate']

const KEPT = 'cp.community'

/** permissionsOf joins what the roles of an account allow. */
export function permissionsOf(roles: Schemas['Grant'][], table: Schemas['Role'][]): Set<string> {
  return new Set(table.filter((row) => roles.some((r) => r.role === row.role)).flatMap((row) => row.permissions))
}

/** The place that is looked at, its gates, and what the account may do. */
export const useConsole = defineStore('console', () => {
  const communities = ref<Community[]>([])
  const cid = ref(remembered())
  const permissions = ref(new Set<string>())
  const gates = ref<Gate[]>([])
  const community = computed(() => communities.value.find((c) => c.id === cid.value))

  /** open reads what each page needs. A guard may not read the table of roles: that
   * account has no page here, and may stays empty. */
  async function open(): Promise<void> {
    const [places, roles] = await Promise.all([
      client.get<Schemas['CommunityList']>('/v1/communities?limit=200'),
      session.roles.value.some((r) => r.role !== 'guard') ? client.get<Schemas['RoleList']>('/v1/roles') : Promise.resolve({ items: [] }),
    ])
    permissions.value = permissionsOf(session.roles.value, roles.items)
    communities.value = places.items
    if (!community.value) cid.value = places.items[0]?.id ?? ''
    await readGates()
  }

  async function readGates(): Promise<void> {
    gates.value = []
    if (!cid.value || !may('gate.read')) return
    gates.value = (await client.get<Schemas['GateList']>(`/v1/communities/${cid.value}/gates?limit=200`)).items
  }

  async function choose(id: string): Promise<void> {
    cid.value = id
    try {
      localStorage.setItem(KEPT, id)
    } catch {
      // Without storage the first place is opened the next time.
    }
    await readGates().catch(() => undefined)
  }

  const may = (permission: string): boolean => permissions.value.has(permission)
  const gateName = (id: string | undefined): string => gates.value.find((g) => g.id === id)?.name ?? (id ? `…${id.slice(-6)}` : '—')

  function close(): void {
    permissions.value = new Set()
    communities.value = []
    gates.value = []
  }

  return { communities, cid, community, permissions, gates, open, choose, readGates, may, gateName, close }
})

function remembered(): string {
  try {
    return localStorage.getItem(KEPT) ?? ''
  } catch {
    return ''
  }
}
