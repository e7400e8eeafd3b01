// Placeholder lines for a table.

export function TableSkeleton({ rows }: { rows: number }) {
  return (
    <div class="table-skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class="skeleton wide" />
      ))}
    </div>
  );
}
