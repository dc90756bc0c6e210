#!/usr/bin/env node
// Plays the schema engine's program for the real prisma CLI: JSON-RPC in, JSON-RPC out, each method
// that of the engine's WASM build. The native engine is not on npm and would be downloaded.
//
// As the native one does, and adapter-pg does not: a script goes to the server in one message, and
// ?schema= is the search_path.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

const require = createRequire(import.meta.url)

function option(name) {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

function options(name) {
  return process.argv.filter((_, i) => process.argv[i - 1] === name)
}

const url = new URL(option('--datasource') ? JSON.parse(option('--datasource')).url : 'postgresql://localhost')
const schema = url.searchParams.get('schema') ?? 'public'
const searchPath = url.searchParams.has('schema') ? { options: `-c search_path="${schema}"` } : {}
url.search = ''
const config = { connectionString: url.href, max: 1, idleTimeoutMillis: 0, ...searchPath }

function fail(code, message) {
  const fields = { error_code: code, message }
  console.error('engine')
  console.error(JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields }))
  process.exit(1)
}

async function command(name) {
  if (name !== 'can-connect-to-database') fail('P1010', `${name} is not played here`)
  const client = new pg.Client(config)
  try {
    await client.connect()
    await client.end()
  } catch (error) {
    fail('P1001', error.message)
  }
  process.exit(0)
}

function factory() {
  const genuine = new PrismaPg(config, { schema })
  async function connect() {
    const adapter = await genuine.connect()
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script)
      } catch (error) {
        adapter.onError(error)
      }
    }
    return adapter
  }
  return { provider: 'postgres', adapterName: genuine.adapterName, connect, connectToShadowDb: connect }
}

async function start() {
  const file = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm')
  const { instance } = await WebAssembly.instantiate(readFileSync(file), { './schema_engine_bg.js': engine })
  engine.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const datamodels = options('--datamodels').map((path) => [path, readFileSync(path, 'utf8')])
  bound = bindMigrationAwareSqlAdapterFactory(factory())
  return engine.SchemaEngine.new({ datamodels }, () => {}, bound)
}

let bound

// The engine's errors are JSON in the message; the adapter's are in the registry that bind made.
function describe(error) {
  const text = String(error?.message ?? error)
  const code = error?.code ?? text.match(/\bP\d{4}\b/)?.[0]
  return { code: 4466, message: text, data: { is_panic: false, message: text, error_code: code, meta: error?.meta } }
}

if (process.argv.includes('cli')) {
  await command(process.argv.find((word) => word === 'can-connect-to-database' || word === 'create-database'))
} else {
  const starting = start()
  starting.catch(() => {})
  const lines = createInterface({ input: process.stdin })
  const answer = (reply) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...reply }) + '\n')
  let turn = Promise.resolve()
  lines.on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    turn = turn.then(async () => {
      try {
        answer({ id, result: (await (await starting)[method](params ?? {})) ?? null })
      } catch (error) {
        answer({ id, error: describe(error) })
      }
    })
  })
  lines.on('close', () => turn.then(() => process.exit(0)))
}
