/** What a configuration comes to. Times in ms; 0 for none. */

export interface Timeouts {
  readonly client: number;
  readonly server: number;
  readonly connect: number;
  readonly queue: number;
  readonly httpRequest: number;
  readonly keepAlive: number;
  readonly check: number;
  readonly tunnel: number;
}

export interface Acl {
  readonly fetch:
    | 'path'
    | 'path_beg'
    | 'path_end'
    | 'path_sub'
    | 'hdr'
    | 'hdr_beg'
    | 'method'
    | 'src'
    | 'always'
    | 'nbsrv';
  readonly argument: string;
  readonly values: readonly string[];
  readonly ignoresCase: boolean;
}

/** Alternatives of conjunctions; `isNot` turns one over. */
export type Condition = readonly (readonly { readonly acl: Acl; readonly isNot: boolean }[])[];

export interface Rule {
  readonly action: 'deny' | 'return' | 'redirect' | 'set-header' | 'add-header' | 'del-header';
  readonly status: number;
  readonly name: string;
  readonly value: string;
  readonly when: Condition | null;
  readonly isUnless: boolean;
}

export interface UseBackend {
  readonly backend: string;
  readonly when: Condition | null;
  readonly isUnless: boolean;
}

export interface CheckSpec {
  readonly kind: 'tcp' | 'http';
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly expect: { readonly kind: 'status' | 'string'; readonly value: string; readonly isNot: boolean } | null;
}

export interface ServerSpec {
  readonly name: string;
  readonly line: number;
  readonly host: string;
  /** 0: the port of the client's connection is not known to the lab, so it must be given. */
  readonly port: number;
  readonly weight: number;
  readonly maxConn: number;
  readonly isBackup: boolean;
  readonly isDisabled: boolean;
  readonly isChecked: boolean;
  readonly interMs: number;
  readonly fastInterMs: number;
  readonly downInterMs: number;
  readonly fall: number;
  readonly rise: number;
  readonly slowStartMs: number;
  readonly observe: 'none' | 'layer4' | 'layer7';
  readonly errorLimit: number;
  readonly onError: 'fastinter' | 'fail-check' | 'sudden-death' | 'mark-down';
  readonly shutsSessions: boolean;
  /** Asks the DNS again and again; without, the name is looked up once, at the start. */
  readonly isResolved: boolean;
  readonly needsAddress: boolean;
}

export type Algorithm = 'roundrobin' | 'static-rr' | 'leastconn' | 'random' | 'first' | 'source' | 'uri';

export interface ProxySpec {
  readonly kind: 'frontend' | 'backend' | 'listen';
  readonly name: string;
  readonly mode: 'tcp' | 'http';
  readonly binds: readonly number[];
  readonly timeouts: Timeouts;
  readonly maxConn: number;
  readonly defaultBackend: string | null;
  readonly useBackends: readonly UseBackend[];
  readonly rules: readonly Rule[];
  readonly balance: Algorithm;
  readonly retries: number;
  readonly redispatch: boolean;
  readonly forwardFor: boolean;
  readonly logsHttp: boolean;
  readonly closesServer: boolean;
  readonly statsUri: string | null;
  readonly check: CheckSpec;
  readonly servers: readonly ServerSpec[];
  /** `server-template web 1-3 host:port`: as many servers as addresses are found, up to the number. */
  readonly hasFrontend: boolean;
  readonly hasBackend: boolean;
}

export interface Config {
  readonly proxies: readonly ProxySpec[];
  readonly maxConn: number;
  /** `log stdout …` */
  readonly logsToStdout: boolean;
}

/** An error of the configuration as HAProxy tells it. */
export interface Alert {
  readonly line: number;
  readonly text: string;
}
