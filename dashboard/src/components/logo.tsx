// Five strokes: a tally.

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" />
      <path d="M9 9v14M14 9v14M19 9v14M24 9v14" />
      <path class="stroke" d="M6 20.5 27 11.5" />
    </svg>
  );
}
