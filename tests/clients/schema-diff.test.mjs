// What may change between two releases of the schema, and what may not.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('schema-diff.mjs', import.meta.url));

async function compare(before, after, record = '') {
    const folder = await mkdtemp(join(tmpdir(), 'schema-diff-'));
    try {
        const files = ['before.graphql', 'after.graphql', 'record.md'].map((name) => join(folder, name));
        await Promise.all([before, after, record].map((text, at) => writeFile(files[at], text)));
        const { status, stdout, stderr } = spawnSync(execPath, [program, ...files], { encoding: 'utf8' });
        return { status, said: stdout + stderr };
    } finally {
        await rm(folder, { recursive: true });
    }
}

suite('the schema between two releases', () => {
    test('may gain a field', async () => {
        const { status, said } = await compare(
            'type Query { old: Int }',
            'type Query { old: Int new: Int }',
        );
        assert.equal(status, 0, said);
    });

    test('may not lose a field that was not deprecated', async () => {
        const { status, said } = await compare(
            'type Query { old: Int kept: Int }',
            'type Query { kept: Int }',
            '- `Query.old was removed.` Nobody liked it.',
        );
        assert.equal(status, 1);
        assert.match(said, /nothing in it was deprecated: Query\.old was removed\./);
    });

    test('may not lose a deprecated field unrecorded', async () => {
        const { status, said } = await compare(
            'type Query { old: Int @deprecated kept: Int }',
            'type Query { kept: Int }',
            '- `Query.other was removed.` Nobody liked it.',
        );
        assert.equal(status, 1);
        assert.match(said, /is not recorded: Query\.old was removed\./);
    });

    test('may not lose a deprecated field that is recorded without a reason', async () => {
        const { status } = await compare(
            'type Query { old: Int @deprecated kept: Int }',
            'type Query { kept: Int }',
            '- `Query.old was removed.`',
        );
        assert.equal(status, 1);
    });

    test('may lose what was deprecated and is recorded', async () => {
        const { status, said } = await compare(
            `
            type Query { old: Int @deprecated kept(by: Int @deprecated, with: Filter): Kind gone: Gone @deprecated }
            type Gone { part: Part }
            type Part { whole: Gone }
            input Filter { old: Int @deprecated kept: Int }
            enum Kind { OLD @deprecated KEPT }
            `,
            `
            type Query { kept(with: Filter): Kind }
            input Filter { kept: Int }
            enum Kind { KEPT }
            `,
            `
- \`Query.old was removed.\` Why.
- \`Query.gone was removed.\` Why.
- \`Query.kept arg by was removed.\` Why.
- \`Filter.old was removed.\` Why.
- \`OLD was removed from enum type Kind.\` Why.
- \`Gone was removed.\` Why.
- \`Part was removed.\` Why.
            `,
        );
        assert.equal(status, 0, said);
        assert.match(said, /^7 breaking changes, 0 refused$/m);
    });

    test('may not lose a type that something kept still led to', async () => {
        const { status, said } = await compare(
            'type Query { gone: Gone @deprecated kept: Gone } type Gone { part: Int }',
            'type Query { kept: Int }',
            '- `Query.gone was removed.` Why.\n- `Gone was removed.` Why.',
        );
        assert.equal(status, 1);
        assert.match(said, /nothing in it was deprecated: Gone was removed\./);
    });

    test('may not change the type of a field, deprecated or not', async () => {
        const { status, said } = await compare(
            'type Query { old: Int! @deprecated }',
            'type Query { old: Int }',
            '- `Query.old changed type from Int! to Int.` Why.',
        );
        assert.equal(status, 1);
        assert.match(said, /Query\.old changed type from Int! to Int\./);
    });
});
