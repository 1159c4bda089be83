/** `90s`, `10m`, `1h30m`: as `timeout` is written. */
export const formatMs = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 1) return `${milliseconds}ms`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${rest > 0 ? `${rest}s` : ''}`;
};
