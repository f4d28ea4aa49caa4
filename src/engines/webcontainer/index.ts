/**
 * The webcontainer engine: a project on Node in StackBlitz's WebContainer runtime, in the learner's tab. Offered where a
 * site is built with it (SITE_WEBCONTAINERS=1), never required: when it cannot boot, the lab carries on.
 *
 * - webcontainer-engine.ts   the Engine contract; keeper.ts the one container of a page, failure.ts why there is none
 * - bridge-host.ts           the page's end of a bridge: messages in (mailbox.ts), lines out (wire.ts)
 * - bridge.ts, driver.ts     the program inside: the local engine, driven by the same messages as the lab's worker
 * - inside.ts                what the local engine may expect of a container; runtime.ts what the page may
 * - test-container.ts        stands in for the runtime in tests
 *
 * What is mounted is made at build time: catalog/container-tree.ts.
 *
 * Not here, and not ours: the runtime itself. It comes from StackBlitz's servers when the learner chooses it, under their
 * terms, and has never been run by these tests. docs/webcontainers.md says what has.
 *
 * Limits, besides those of the local engine: no `pause`, `cpu-throttle` or `memory-limit`; CPU and memory limits of the
 * compose file are not kept; servers are always the lab's own.
 */
export { ContainerFailure, type FailureCode } from './failure.ts';
export { WebContainerEngine, type WebContainerOptions } from './webcontainer-engine.ts';
