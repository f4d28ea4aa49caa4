/**
 * How long a silent worker is waited for. Loop guards inside the lab end most runs first, with file and line; this is
 * for what they cannot see: a regular expression that backtracks for ever, a sort of a huge array, a fault of the lab.
 */

/** Real ms without an answer after which a running worker is given up. With one look more it is still under 2 s. */
export const SILENCE_MS_MAX = 1600;
/**
 * While a worker starts, and while it compiles everything for the first time, a slow machine needs longer; the guards
 * inside have ended an endless loop by then.
 */
export const STARTING_SILENCE_MS_MAX = 10_000;
/** While workers grade side by side, which begin cold and share the cores with each other and with a running system. */
export const GRADING_SILENCE_MS_MAX = 30_000;
