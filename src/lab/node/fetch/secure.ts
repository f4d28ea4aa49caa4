/** How fetch opens a connection for https:, which only the full set of built-ins can (tls/install.ts). */
export const secure: { connect: ((options: any) => any) | null } = { connect: null };
