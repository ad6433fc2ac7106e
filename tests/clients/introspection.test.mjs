// What a tool learns of the running service is what the repository says of it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import {
    buildClientSchema,
    buildSchema,
    getIntrospectionQuery,
    lexicographicSortSchema,
    printSchema,
} from 'graphql';

import { open, post, schemaFile } from './service.mjs';

const everything = {
    descriptions: true,
    directiveIsRepeatable: true,
    inputValueDeprecation: true,
    oneOf: true,
    // The library answers with a sentence of its own about what a schema is; the schema has no description.
    schemaDescription: false,
    specifiedByUrl: true,
};

// One text for each type and directive, so that a failure shows those that differ and no others.
const definitions = (schema) => printSchema(lexicographicSortSchema(schema)).split(/\n\n(?=\S)/);

test('introspection tells the whole of api/schema.graphql', async () => {
    const { data, errors } = await post(open, { query: getIntrospectionQuery(everything) });
    assert.equal(errors, undefined);
    const told = definitions(buildClientSchema(data));
    const kept = definitions(buildSchema(await readFile(schemaFile, 'utf8')));
    assert.deepEqual(
        told.filter((definition) => !kept.includes(definition)),
        kept.filter((definition) => !told.includes(definition)),
    );
    assert.equal(told.length, kept.length);
});
