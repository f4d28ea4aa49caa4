/**
 * compose.yaml to running services.
 *
 * - parse.ts       the door: text of a project's files → ComposeProject, or everything that is wrong with it
 *   yaml.ts, interpolate.ts, envfile.ts, shell.ts, units.ts   the small languages inside a compose file
 *   service.ts, build.ts, deploy.ts, ports.ts, …              one service as written; reader.ts: typed values with places
 *   unsupported.ts, checks.ts                                 what is refused: keys, and what does not go together
 *   resolve.ts, dockerfile.ts, copy.ts, command.ts, healthcheck.ts   one service as it runs
 * - model.ts       what comes out: plain data
 * - files.ts       project paths and container paths
 * - supervisor.ts  brings a ComposeProject up in virtual time; container.ts: one replica, health.ts: its probes
 * - machine.ts     what the supervisor needs of the lab
 *
 * Not here: processes (../process), the network (../net), what images are made of (../images).
 */
export type { Container } from './container.ts';
export { fileTree, haveSameFiles, type ProjectFiles, toContainerPaths, toProjectPath } from './files.ts';
export type {
  ContainerSpec,
  Machine,
  ProbeHttp,
  ProcessCallbacks,
  ProcessExit,
  ProcessHandle,
  SpawnSpec,
  TraceSink,
} from './machine.ts';
export * from './model.ts';
export { COMPOSE_FILE_NAMES, type ParseOptions, type ParseResult, parseCompose } from './parse.ts';
export { type ComposeProblem, formatProblem } from './problems.ts';
export { Supervisor, type SupervisorOptions, type UpCallbacks } from './supervisor.ts';
