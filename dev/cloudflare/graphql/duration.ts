// Lengths of time as Cloudflare's messages write them: 90061 s are `1d1h1m1s`.

const UNITS = [
  ["w", 604_800],
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

export function duration(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts = UNITS.map(([unit, length]) => {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    return amount > 0 ? `${amount}${unit}` : "";
  });
  return parts.join("") || "0s";
}
