/**
 * The instant that 'now' means while texts become dates: start of the running transaction, µs since 2000-01-01. The one
 * thing the types need from a session; it is set before each turn of a session, and only there.
 */
export const clock = { nowUs: 0 };
