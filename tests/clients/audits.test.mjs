// The specification GraphQL over HTTP, as the audits of graphql-http check it: one test for each MUST, SHOULD and MAY.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { serverAudits } from 'graphql-http';

import { open } from './service.mjs';

// What the specification leaves free and the service leaves aside: the audit's id, and why.
const declined = new Map([]);

suite('GraphQL over HTTP', () => {
    const audits = serverAudits({ url: open });
    for (const { id, name, fn } of audits) {
        test(`${id} ${name}`, async () => {
            const { status, reason } = await fn();
            if (declined.has(id)) {
                assert.equal(status, 'notice', `it is so, although declined: ${declined.get(id)}`);
            } else {
                assert.equal(status, 'ok', reason);
            }
        });
    }

    test('nothing is declined but a MAY', () => {
        for (const id of declined.keys()) {
            assert.match(audits.find((audit) => audit.id === id)?.name ?? '', /^MAY/, id);
        }
    });
});
