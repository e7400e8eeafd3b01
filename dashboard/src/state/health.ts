// The configuration of the Worker, as far as the page depends on it. Until it is known, the defaults hold.

import { computed, signal } from "@preact/signals";
import { ApiFailure, call } from "../api/client.ts";
import type { Health } from "../api/reports.ts";

/** Undefined until it is known; null where it cannot be had. */
export const health = signal<Health | null | undefined>(undefined);

export const retentionDays = computed(() => health.value?.analytics?.retention_days ?? 90);

/** Whether user agents and addresses are recorded. */
export const isPersonal = computed(() => health.value?.analytics?.privacy === "full");

/** Whether nothing about visitors is recorded. */
export const isStrict = computed(() => health.value?.analytics?.privacy === "strict");

export async function askHealth(): Promise<void> {
  try {
    health.value = await call<Health>("GET", "/healthz");
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    health.value = null;
  }
}
