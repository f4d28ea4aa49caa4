declare module 'readable-stream/lib/stream.js';
declare module 'path-browserify';
