// Icons, drawn as lines in the colour of the text. Each stands beside a text, or in a control with a label.

const PATHS = {
  calendar: "M5 4v-2M11 4v-2M2.5 6.5h11M3.5 3.5h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1z",
  check: "M3.5 8.5l3 3 6-7",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M6 5.5h6.5v7H6zM3.5 10V3h6.5",
  down: "M4 6l4 4 4-4",
  download: "M8 2.5v7.5M5 7.5l3 3 3-3M3 13h10",
  info: "M8 1.8a6.2 6.2 0 1 1 0 12.4 6.2 6.2 0 0 1 0-12.4zM8 7.2v3.6M8 5v.2",
  left: "M9.5 4l-4 4 4 4",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
  right: "M6.5 4l4 4-4 4",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.8.8M11.8 11.8l.8.8M3.4 12.6l.8-.8M11.8 4.2l.8-.8",
  auto: "M2.5 3.5h11v7.5h-11zM6 13.5h4",
  warning: "M8 2.5l6 11H2zM8 6.5v3.5M8 11.8v.2",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
