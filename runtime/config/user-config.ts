// Written by scripts/docs.ts from schema.ts; change it there.

/** One function of a configuration. */
export interface UserFunction {
  /**
   * The function's folder, relative to the configuration file.
   * The path of a folder.
   */
  source: string;
  /**
   * Entry file without its extension, a dot, and the export. Left out, it is found by the usual names: `index`, `handler`, `main`, `app`, and the export `handler` or `default`.
   * 'file.export', such as 'index.handler' or 'src/app.handler'.
   */
  handler?: string | undefined;
  /**
   * Language runtime, by its name on AWS Lambda. It is what functions read in `AWS_EXECUTION_ENV`; the Node version that runs them is the one faas itself runs on.
   * One of 'nodejs24.x', 'nodejs22.x', 'nodejs20.x'. Default: `'nodejs24.x'`.
   */
  runtime?: 'nodejs24.x' | 'nodejs22.x' | 'nodejs20.x' | undefined;
  /**
   * Memory of one sandbox. A function that needs more ends with OutOfMemory.
   * A whole number of MB from 128 to 10240. Default: `128`.
   */
  memory?: number | undefined;
  /**
   * Maximum duration of one invocation. Past it the sandbox is killed.
   * A duration from 100ms to 15m: a number of seconds, or '250ms', '10s', '5m', '1h'. Default: `'3s'`.
   */
  timeout?: number | string | undefined;
  /**
   * Maximum duration of the init phase: loading the function, before its first invocation.
   * A duration from 100ms to 15m: a number of seconds, or '250ms', '10s', '5m', '1h'. Default: `'10s'`.
   */
  initTimeout?: number | string | undefined;
  /**
   * How long an idle sandbox is kept warm. `0` ends it after every invocation.
   * A duration from 0s to 7d: a number of seconds, or '250ms', '10s', '5m', '1h'. Default: `'5m'`.
   */
  idleTimeout?: number | string | undefined;
  /**
   * Most sandboxes at once. Further invocations wait.
   * A whole number from 1 to 1000. Default: `10`.
   */
  concurrency?: number | undefined;
  /**
   * Most invocations that may wait for a sandbox; one more is refused as Throttled (429).
   * A whole number from 0 to 100000. Default: `1000`.
   */
  queueLimit?: number | undefined;
  /**
   * Instances kept initialised whatever the traffic: as provisioned concurrency on AWS Lambda. At most `concurrency`.
   * A whole number from 0 to 1000. Default: `0`.
   */
  provisioned?: number | undefined;
  /**
   * Calls one instance runs at the same time. AWS Lambda runs one; more is for functions bound for Cloud Run and its like.
   * A whole number from 1 to 1000. Default: `1`.
   */
  concurrencyPerInstance?: number | undefined;
  /**
   * Quiet time after which an idle sandbox is frozen, so that timers it left running get no CPU, as on AWS Lambda; `'off'` never freezes.
   * A duration from 0s to 1d: a number of seconds, or '250ms', '10s', '5m', '1h'; or 'off'. Default: `'1s'`.
   */
  freeze?: number | string | undefined;
  /**
   * `full`: all the CPU the machine has. `proportional`: as much as AWS Lambda gives for the memory (1,769 MB is one vCPU), where the system permits it.
   * One of 'full', 'proportional'. Default: `'full'`.
   */
  cpu?: 'full' | 'proportional' | undefined;
  /**
   * Size of the private `/tmp`. AWS Lambda starts at 512; less is allowed here, to see what a full `/tmp` does.
   * A whole number of MB from 1 to 10240. Default: `512`.
   */
  tmp?: number | undefined;
  /**
   * Environment variables of the function. Nothing of your shell is passed on by itself.
   * An object of environment variables: names and texts, numbers or booleans. Default: `{}`.
   */
  env?: Record<string, string | number | boolean> | undefined;
  /**
   * What calls the function. Without any it answers every method at `/NAME` and below.
   * A list of triggers, such as [{ http: 'GET /hello' }]. Default: `[]`.
   */
  triggers?: ({
    http?: string | {
      /**
       * The HTTP method, or `ANY`.
       * A method: ANY, GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS. Default: `'ANY'`.
       */
      method?: string | undefined;
      /**
       * Literal parts, `:name` or `{name}`, and last `/*`, `:name+` or `{name+}`. The most specific route wins.
       * A path that begins with '/'.
       */
      path: string;
      /**
       * `true` for any origin, or an object (below).
       * True, or an object with allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAge.
       */
      cors?: boolean | {
        /**
         * Origins that may read the answer.
         * A list of origins. Default: `['*']`.
         */
        allowOrigins?: string[] | undefined;
        /**
         * Methods a preflight allows.
         * A list of HTTP methods. Default: `['*']`.
         */
        allowMethods?: ('ANY' | 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | '*')[] | undefined;
        /**
         * Request headers a preflight allows.
         * A list of header names. Default: `['*']`.
         */
        allowHeaders?: string[] | undefined;
        /**
         * Answer headers a page may read.
         * A list of header names. Default: `[]`.
         */
        exposeHeaders?: string[] | undefined;
        /**
         * Whether cookies may be sent. Needs named origins.
         * True or false. Default: `false`.
         */
        allowCredentials?: boolean | undefined;
        /**
         * How long a preflight is kept.
         * A duration from 0s to 1d: a number of seconds, or '250ms', '10s', '5m', '1h'. Default: `0`.
         */
        maxAge?: number | string | undefined;
      } | undefined;
    } | undefined;
    s3?: string | {
      /**
       * The bucket; it is created at start.
       * A bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit.
       */
      bucket: string;
      /**
       * Event names, with or without `s3:`; `*` for a whole family.
       * A list of S3 event names. Default: `['ObjectCreated:*']`.
       */
      events?: string[] | undefined;
      /**
       * Only keys that begin so.
       * The beginning of an object key. Default: `''`.
       */
      prefix?: string | undefined;
      /**
       * Only keys that end so.
       * The end of an object key. Default: `''`.
       */
      suffix?: string | undefined;
    } | undefined;
    schedule?: undefined;
    queue?: undefined;
  })[] | undefined;
  /**
   * `terminate`: a chain of events that leads back to the function is stopped after 16 invocations, as on AWS Lambda; `allow`: it is not.
   * One of 'terminate', 'allow'. Default: `'terminate'`.
   */
  recursion?: 'terminate' | 'allow' | undefined;
  /**
   * How often an event is tried again whose function failed: after one minute, then after two more, as on AWS Lambda. Then it is kept among the dead events (`faas events`).
   * A whole number from 0 to 2. Default: `2`.
   */
  retries?: number | undefined;
  /**
   * Whether an HTTP caller sees the function's error message and stack trace.
   * True or false. Default: `false`.
   */
  exposeErrors?: boolean | undefined;
  budget?: {
    /**
     * What 95 of 100 cold starts may take at most: provision, boot and init.
     * A duration from 1ms to 15m: a number of seconds, or '250ms', '10s', '5m', '1h'.
     */
    coldStartP95?: number | string | undefined;
    /**
     * What 95 of 100 calls may run at most.
     * A duration from 1ms to 15m: a number of seconds, or '250ms', '10s', '5m', '1h'.
     */
    durationP95?: number | string | undefined;
    /**
     * Most milliseconds billed for a call, on average.
     * Milliseconds from 1 to 900000.
     */
    billedMs?: number | undefined;
    /**
     * Most US dollars 1,000 calls may cost.
     * US dollars from 0 to 1000.
     */
    usdPer1000?: number | undefined;
    /**
     * Largest share of calls that may be cold.
     * A share from 0 to 1.
     */
    coldRate?: number | undefined;
    /**
     * Smallest share of the memory that must stay free, at the highest peak of any call.
     * A share from 0 to 1.
     */
    memoryHeadroom?: number | undefined;
  } | undefined;
  record?: {
    /**
     * Whether this function's events are kept for `faas replay`.
     * True or false.
     */
    events?: boolean | undefined;
    redact?: {
      /**
       * Further headers to leave out.
       * A list of header names. Default: `[]`.
       */
      headers?: string[] | undefined;
      /**
       * Further fields to leave out.
       * A list of fields. Default: `[]`.
       */
      fields?: string[] | undefined;
    } | undefined;
  } | undefined;
}

/** What a `faas.config.ts` exports by default. */
export interface UserConfig {
  /** The functions, by their names: 1 to 64 letters, digits, `-` and `_`. */
  functions?: Record<string, UserFunction> | undefined;
  /**
   * Sandboxes kept booted ahead for each memory and `/tmp` size in use, so that a cold start only has to load the function (`faas dev` keeps one more); `0` switches it off.
   * A whole number from 0 to 100. Default: `1`.
   */
  prewarm?: number | undefined;
  /**
   * Most memory all sandboxes together may have been given. When it is used up, the instance that has been idle longest ends. Left out: no limit.
   * A whole number of MB from 128 to 1048576.
   */
  memoryBudget?: number | undefined;
  /**
   * Buckets to create at start. Buckets that triggers name are created as well.
   * A list of bucket names. Default: `[]`.
   */
  buckets?: string[] | undefined;
  /**
   * `docker` isolates functions in containers; `process` runs them as child processes and does not isolate; `auto` takes docker where an engine answers.
   * One of 'auto', 'docker', 'process'. Default: `'auto'`.
   */
  driver?: 'auto' | 'docker' | 'process' | undefined;
  /**
   * Address the three ports listen on.
   * An address or host name to listen on, such as 127.0.0.1. Default: `'127.0.0.1'`.
   */
  host?: string | undefined;
  /**
   * Port of the functions' HTTP triggers; 0 takes any free one.
   * A whole number from 0 to 65535. Default: `4000`.
   */
  port?: number | undefined;
  /**
   * Port of the administration; 0 takes any free one.
   * A whole number from 0 to 65535. Default: `4001`.
   */
  adminPort?: number | undefined;
  /**
   * Port of the AWS-shaped endpoint; 0 takes any free one.
   * A whole number from 0 to 65535. Default: `4566`.
   */
  awsPort?: number | undefined;
  /**
   * Further names requests may be addressed to, besides localhost and the addresses listened on (a guard against DNS rebinding).
   * A list of host names. Default: `[]`.
   */
  allowedHosts?: string[] | undefined;
  s3?: {
    /**
     * What an unsigned S3 request from this machine may do: `owner`, everything (so that `curl -T` works); `acl`, what S3 lets anonymous callers do.
     * One of 'owner', 'acl'. Default: `'owner'`.
     */
    unsigned?: 'owner' | 'acl' | undefined;
    /**
     * `object`: an acknowledged upload also outlives the machine losing power, at the price of waiting for the disk; `off`: it outlives the runtime being killed.
     * One of 'off', 'object'. Default: `'off'`.
     */
    fsync?: 'off' | 'object' | undefined;
    /**
     * Addresses that S3 events are posted to: all that fit `bucket`, `events`, `prefix` and `suffix`, and those that a bucket notification configuration sends to the queue or topic of that `name`.
     * A list of objects with name, url and perhaps bucket, events, prefix, suffix. Default: `[]`.
     */
    webhooks?: ({
      name: string;
      url: string;
      bucket?: string | undefined;
      events?: string[] | undefined;
      prefix?: string | undefined;
      suffix?: string | undefined;
    })[] | undefined;
    /**
     * Who gets the events, in the shape of Amazon EventBridge, of buckets whose notification configuration switches EventBridge on.
     * A list of function names and URLs. Default: `[]`.
     */
    eventBridge?: string[] | undefined;
  } | undefined;
  /**
   * Access key id of the AWS-shaped endpoint.
   * An access key id: letters, digits, and _ - . @. Default: `'faas'`.
   */
  accessKeyId?: string | undefined;
  /**
   * Its secret.
   * A secret of at least one character. Default: `'faas-secret'`.
   */
  secretAccessKey?: string | undefined;
  /**
   * Further keys the AWS-shaped endpoint accepts. Each is an account of its own, with its own buckets; `account: 'faas'` makes it one more key of the first account.
   * A list of objects with accessKeyId, secretAccessKey and perhaps account. Default: `[]`.
   */
  credentials?: ({
    accessKeyId: string;
    secretAccessKey: string;
    account?: string | undefined;
  })[] | undefined;
  /**
   * Port of the AWS-shaped endpoint over TLS, where `tls` is on; 0 takes any free one.
   * A whole number from 0 to 65535. Default: `4567`.
   */
  awsTlsPort?: number | undefined;
  /**
   * Whether the AWS-shaped endpoint is served over TLS as well: `true` with a certificate of its own making (`.faas/tls/ca.pem`, for clients to trust), or with the PEM files named, relative to the configuration file.
   * True, false, or an object with the paths cert and key. Default: `false`.
   */
  tls?: boolean | {
    cert: string;
    key: string;
  } | undefined;
  /**
   * Delivers events as badly as S3's promise allows, to try out a function's idempotency: some twice, late, or in another order.
   * A list of 'duplicate', 'delay', 'reorder'. Default: `[]`.
   */
  chaos?: ('duplicate' | 'delay' | 'reorder')[] | undefined;
  /**
   * Region that functions, events and signatures name.
   * An AWS region name, such as us-east-1. Default: `'us-east-1'`.
   */
  region?: string | undefined;
  docker?: {
    /**
     * Image functions run in. Left out on Linux, one is assembled from this machine's own Node.
     * An image reference, such as node:24-slim.
     */
    image?: string | undefined;
    /**
     * Engine to use. Left out: what `DOCKER_HOST` says, else the usual sockets.
     * Where the engine listens: unix:///path/docker.sock, tcp://host:port or npipe:////./pipe/name.
     */
    host?: string | undefined;
    /**
     * Network that function containers join. Left out: the engine's default bridge.
     * The name of a network of the engine.
     */
    network?: string | undefined;
    /**
     * Address at which containers reach this machine. Left out, it is found out.
     * An address or host name.
     */
    hostAddress?: string | undefined;
  } | undefined;
  budget?: {
    /**
     * What 95 of 100 cold starts may take at most: provision, boot and init.
     * A duration from 1ms to 15m: a number of seconds, or '250ms', '10s', '5m', '1h'.
     */
    coldStartP95?: number | string | undefined;
    /**
     * What 95 of 100 calls may run at most.
     * A duration from 1ms to 15m: a number of seconds, or '250ms', '10s', '5m', '1h'.
     */
    durationP95?: number | string | undefined;
    /**
     * Most milliseconds billed for a call, on average.
     * Milliseconds from 1 to 900000.
     */
    billedMs?: number | undefined;
    /**
     * Most US dollars 1,000 calls may cost.
     * US dollars from 0 to 1000.
     */
    usdPer1000?: number | undefined;
    /**
     * Largest share of calls that may be cold.
     * A share from 0 to 1.
     */
    coldRate?: number | undefined;
    /**
     * Smallest share of the memory that must stay free, at the highest peak of any call.
     * A share from 0 to 1.
     */
    memoryHeadroom?: number | undefined;
  } | undefined;
  record?: {
    /**
     * Whether the events of all functions are kept for `faas replay`.
     * True or false. Default: `false`.
     */
    events?: boolean | undefined;
    redact?: {
      /**
       * HTTP headers whose values are not kept.
       * A list of header names. Default: `['authorization','cookie','proxy-authorization','x-api-key','x-amz-security-token']`.
       */
      headers?: string[] | undefined;
      /**
       * Fields whose values are not kept: a name means every field of that name, `a.b.c` that one; also within a body of JSON.
       * A list of fields. Default: `[]`.
       */
      fields?: string[] | undefined;
    } | undefined;
    /**
     * Most bytes of events that are kept; the oldest go first.
     * A whole number from 1024 to 1099511627776. Default: `67108864`.
     */
    maxBytes?: number | undefined;
  } | undefined;
  telemetry?: {
    /**
     * Where traces are sent by OTLP over HTTP, such as `http://127.0.0.1:4318`. Left out: nowhere, and nothing is loaded for it.
     * An http or https URL.
     */
    otlpEndpoint?: string | undefined;
    /**
     * Sent along, such as a key of the collector.
     * An object of header names and values. Default: `{}`.
     */
    headers?: Record<string, string> | undefined;
    /**
     * `service.name` of the traces.
     * A name. Default: `'faas'`.
     */
    serviceName?: string | undefined;
    /**
     * The share of invocations whose traces are sent. Left out: all.
     * A share from 0 to 1.
     */
    sampleRate?: number | undefined;
  } | undefined;
  /**
   * Where everything is kept. Left out: `.faas` beside the configuration file.
   * The path of a folder.
   */
  dataDir?: string | undefined;
  /**
   * How much the runtime itself says on stderr. Functions' own output is not affected.
   * One of 'debug', 'info', 'warn', 'error', 'silent'. Default: `'info'`.
   */
  logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined;
}
