// A small picture of a file. It loads the file itself, which counts as a request.

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
    <label class="switch" title="Thumbnails load the real files, so they count as requests.">
      <input type="checkbox" checked={thumbnails.value === "on"} onChange={(event) => (thumbnails.value = event.currentTarget.checked ? "on" : "off")} />
      Show thumbnails
    </label>
  );
}
