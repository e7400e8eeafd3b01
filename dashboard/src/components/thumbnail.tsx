// A file, small. It is the file itself that is loaded: one more request, which is counted as any other.

import { thumbnails } from "../state/preference.ts";

interface Properties {
  owner: string;
  image: string;
  size: number;
}

export function mediaAddress(owner: string, image: string): string {
  return `/${[owner, ...image.split("/")].map(encodeURIComponent).join("/")}`;
}

export function Thumbnail({ owner, image, size }: Properties) {
  return <img class="thumbnail" src={mediaAddress(owner, image)} alt="" width={size} height={size} loading="lazy" decoding="async" />;
}

export function ThumbnailSwitch() {
  return (
    <label class="switch" title="Thumbnails are the files themselves: each that is loaded is one more request, and its bytes count.">
      <input type="checkbox" checked={thumbnails.value === "on"} onChange={(event) => (thumbnails.value = event.currentTarget.checked ? "on" : "off")} />
      Thumbnails (are counted)
    </label>
  );
}
