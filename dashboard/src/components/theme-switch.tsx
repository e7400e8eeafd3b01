// Light, dark, or the setting of the device.

import { theme, type Theme } from "../state/preference.ts";
import { Icon, type IconName } from "./icon.tsx";

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const ICONS: Record<Theme, IconName> = { auto: "auto", light: "sun", dark: "moon" };
const NAMES: Record<Theme, string> = { auto: "system", light: "light", dark: "dark" };

export function ThemeSwitch() {
  const now = theme.value;
  const label = `Theme: ${NAMES[now]}. Switch to ${NAMES[NEXT[now]]}`;
  return (
    <button type="button" class="control square" aria-label={label} title={label} onClick={() => (theme.value = NEXT[now])}>
      <Icon name={ICONS[now]} />
    </button>
  );
}
