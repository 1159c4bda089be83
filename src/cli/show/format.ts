// Numbers and lines as people read them. Decimal units, as `docker images`, `df -H` and registries count.
import stringWidth from 'fast-string-width';

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `0 B`, `980 B`, `1.5 kB`, `204 MB`. */
export const formatBytes = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
};

/** `0.4 s`, `12.0 s`, `1 min 05 s`, `2 h 03 min`. */
export const formatDuration = (milliseconds: number): string => {
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
};

/** How long ago: `now`, `5 min ago`, `3 h ago`, `12 days ago`. */
export const formatAge = (at: number, now: number): string => {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
};

/** Cut to a width by display columns, not by characters. Expects text without escape codes. */
export const cut = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text;
  let out = '';
  let used = 0;
  for (const character of text) {
    const w = stringWidth(character);
    if (used + w > width - 1) break;
    out += character;
    used += w;
  }
  return `${out}…`;
};
