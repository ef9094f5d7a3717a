// `paperclip/server`: a server inside a program.

export { ConfigError } from './config-error.ts';
export { type RunningServer, type ServeOptions, type ServerAddresses, serve } from './serve.ts';
