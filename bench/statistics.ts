// Medians with intervals that assume nothing about how the figures are distributed.

export interface Estimate {
  median: number;
  low: number;
  high: number;
}

/** The median, and the order statistics that enclose the true one with at least 95 % confidence. */
export function estimate(values: number[]): Estimate {
  const sorted = [...values].sort((one, other) => one - other);
  const count = sorted.length;
  const middle = (sorted[Math.floor((count - 1) / 2)]! + sorted[Math.ceil((count - 1) / 2)]!) / 2;
  let rank = 0;
  for (let below = 0, term = 0.5 ** count; rank < count / 2; rank += 1) {
    below += term;
    if (below > 0.025) break;
    term = (term * (count - rank)) / (rank + 1);
  }
  const outer = Math.max(rank - 1, 0);
  return { median: middle, low: sorted[outer]!, high: sorted[count - 1 - outer]! };
}
