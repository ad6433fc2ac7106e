// The guides' commands and programs, run just as they stand there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';

import { open } from '../service.mjs';
import { commandsOf, guides } from './blocks.mjs';

const run = promisify(execFile);

/** What `balai seed --demo` printed: a password or a secret for each name. */
const printed = await readFile(process.env.CLIENTS_CREDENTIALS, 'utf8');
function secretOf(name) {
    const line = printed.split('\n').find((line) => line.includes(name));
    assert(line, `the demonstration has ${name}`);
    return line.trim().split(/\s+/).at(-1);
}

for (const { name, account } of guides) {
    const env = {
        PATH: process.env.PATH,
        BALAI: new URL(open).origin,
        EMAIL: account,
        PASSWORD: secretOf(account),
        CLIENT_ID: 'demo-agency',
        CLIENT_SECRET: secretOf('demo-agency'),
    };
    suite(`The guide ${name}`, () => {
        test('has commands that work', async () => {
            const commands = await commandsOf(name);
            assert(commands.length >= 3, 'there are some');
            const folder = await mkdtemp(join(tmpdir(), 'guide-'));
            try {
                await run('bash', ['-euo', 'pipefail', '-c', commands.join('\n')], { env, cwd: folder });
            } finally {
                await rm(folder, { recursive: true });
            }
        });

        test('has a program that works', async () => {
            const program = new URL(`../generated/program/generated/guides/${name}/program.js`, import.meta.url);
            const { stdout } = await run(process.execPath, [program.pathname], { env });
            assert.notEqual(stdout.trim(), '', 'it says what it found');
        });
    });
}
