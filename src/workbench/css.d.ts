// Styles are imported for their effect by the bundler; TypeScript only has to let them pass.
declare module '*.css';
