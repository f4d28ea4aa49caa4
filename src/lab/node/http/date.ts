/** The Date header's value, made once a second at most. */

let cached: string | null = null;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function utcDate(): string {
  if (cached === null) {
    const nowMs = Math.floor(__kernel.wallMs());
    cached = format(nowMs);
    // Cleared when the second is over, by a timer that does not keep the process alive, as Node does.
    __kernel.setTimer(1000 - (nowMs % 1000), forget, false);
  }
  return cached;
}

function forget(): void {
  cached = null;
}

/** IMF-fixdate, RFC 9110 §5.6.7, from the days since the epoch: no call into the host's Date. */
function format(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  // Howard Hinnant's civil_from_days.
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const day = doy - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const weekday = DAYS[(((days + 4) % 7) + 7) % 7];
  const time = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60), rest % 60].map(two).join(':');
  return `${weekday}, ${two(day)} ${MONTHS[month - 1]} ${year} ${time} GMT`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
