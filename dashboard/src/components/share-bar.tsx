// The bar behind a value: as long as its share of the whole.

export function ShareBar({ share }: { share: number | null }) {
  return <div class="bar" style={{ "--share": (share ?? 0).toFixed(4) }} />;
}
